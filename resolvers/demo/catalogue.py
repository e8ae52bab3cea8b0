"""What the demo schools teach: plain data, from school down to course."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SharedCourse:
    """A course that other programmes take too; a joint one is taught to two class groups at once."""

    key: str
    name: str
    joint: bool = False


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """A programme: the courses it gives itself, those it offers to all, and the keys of the shared ones it takes."""

    key: str
    name: str
    own: tuple[str, ...]
    takes: tuple[str, ...]
    offers: tuple[SharedCourse, ...] = ()


@dataclass(frozen=True, slots=True)
class DepartmentPlan:
    """A department and its programmes."""

    key: str
    name: str
    programmes: tuple[ProgrammePlan, ...]


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """The cells of the school's row in policies.csv; an empty one is the default."""

    late_weight: str
    excused_counts: str
    late_after_minutes: str
    watch_below: str
    at_risk_below: str


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """A school: where it is, how many trainees it has at scale 1, and what it teaches."""

    key: str
    name: str
    timezone: str
    locale: str
    calendar: str
    trainees: int
    domain: str
    principal: str
    policy: PolicyPlan
    departments: tuple[DepartmentPlan, ...]


NORTHGATE = SchoolPlan(
    "NG",
    "Northgate College",
    "Europe/London",
    "en-GB",
    "british",
    950,
    "northgate.example",
    "Margaret Adeyemi-Clarke",
    PolicyPlan("1", "true", "10", "0.88", "0.80"),
    (
        DepartmentPlan(
            "ENG",
            "Engineering and Construction",
            (
                ProgrammePlan(
                    "MEC",
                    "Mechanical Engineering",
                    ("Machine Shop Practice", "Materials and Testing", "Technical Drawing", "Hydraulics"),
                    ("MATH", "SAFE"),
                    (SharedCourse("MATH", "Applied Mathematics"),),
                ),
                ProgrammePlan(
                    "ELE",
                    "Electrical Installation",
                    ("Wiring Workshop", "Circuit Theory", "Inspection and Testing", "Renewable Energy Systems"),
                    ("MATH", "SAFE"),
                ),
                ProgrammePlan(
                    "CAR",
                    "Carpentry and Joinery",
                    ("Bench Joinery", "Site Carpentry", "Reading Building Plans", "Sustainable Timber"),
                    ("MATH", "ENGL"),
                ),
            ),
        ),
        DepartmentPlan(
            "COM",
            "Computing and Digital",
            (
                ProgrammePlan(
                    "SOF",
                    "Software Development",
                    ("Programming Lab", "Databases", "Web Development", "Software Testing"),
                    ("MATH", "ENGL"),
                    (SharedCourse("DIGI", "Digital Skills"),),
                ),
                ProgrammePlan(
                    "NET",
                    "Network Infrastructure",
                    ("Network Lab", "Operating Systems", "Cyber Security", "Cloud Services"),
                    ("MATH", "ENGL"),
                ),
            ),
        ),
        DepartmentPlan(
            "HEA",
            "Health and Care",
            (
                ProgrammePlan(
                    "NUR",
                    "Nursing Assistance",
                    ("Clinical Skills", "Anatomy and Physiology", "Care Planning", "Infection Control"),
                    ("SAFE", "DIGI"),
                    (SharedCourse("SAFE", "Health, Safety and Hygiene", joint=True),),
                ),
                ProgrammePlan(
                    "EYE",
                    "Early Years Education",
                    ("Play and Learning", "Child Development", "Safeguarding", "Inclusive Practice"),
                    ("SAFE", "ENGL"),
                ),
            ),
        ),
        DepartmentPlan(
            "BUS",
            "Business and Hospitality",
            (
                ProgrammePlan(
                    "ADM",
                    "Business Administration",
                    ("Bookkeeping", "Office Practice", "Marketing Basics", "Employment Law"),
                    ("DIGI", "ENGL"),
                    (
                        SharedCourse("ENGL", "English for the Workplace", joint=True),
                        SharedCourse("ENTR", "Starting a Business"),
                    ),
                ),
                ProgrammePlan(
                    "CUL",
                    "Culinary Arts",
                    ("Kitchen Practice", "Pâtisserie", "Menu Costing", "Nutrition"),
                    ("SAFE", "ENTR"),
                ),
                ProgrammePlan(
                    "TRA",
                    "Travel and Tourism",
                    ("Tour Operations", "Customer Service", "Destination Geography", "Español para el turismo"),
                    ("ENGL", "ENTR"),
                ),
            ),
        ),
        DepartmentPlan(
            "ART",
            "Creative Industries",
            (
                ProgrammePlan(
                    "FAS",
                    "Fashion and Textiles",
                    ("Pattern Cutting", "Garment Construction", "Textile Science", "History of Dress"),
                    ("PRES", "ENTR"),
                    (SharedCourse("PRES", "Presentation and Portfolio"),),
                ),
                ProgrammePlan(
                    "MUS",
                    "Music and Stage Technology",
                    ("Studio Recording", "Stage Lighting", "Live Sound", 'Production: "Page to Stage"'),
                    ("PRES", "DIGI"),
                ),
            ),
        ),
    ),
)

HARBOUR = SchoolPlan(
    "HI",
    "Harbour Institute",
    "America/New_York",
    "en-US",
    "american",
    50,
    "harbour.example",
    "Desmond Okafor",
    PolicyPlan("0.5", "false", "", "0.90", "0.75"),
    (
        DepartmentPlan(
            "MAR",
            "Maritime Trades",
            (
                ProgrammePlan(
                    "BOA",
                    "Boatbuilding",
                    ("Hull Construction", "Composites", "Lofting and Drawing", "Marine Joinery"),
                    ("SEAS", "MAPS"),
                    (SharedCourse("SEAS", "Safety at Sea", joint=True),),
                ),
                ProgrammePlan(
                    "ENM",
                    "Marine Engines",
                    ("Diesel Workshop", "Marine Electrics", "Propulsion Systems", "Refrigeration"),
                    ("SEAS", "MAPS"),
                ),
            ),
        ),
        DepartmentPlan(
            "PRT",
            "Port Services",
            (
                ProgrammePlan(
                    "LOG",
                    "Port Logistics",
                    ("Cargo Handling", "Customs Procedures", "Warehouse Systems", "Supply Chains"),
                    ("SEAS", "MAPS"),
                    (SharedCourse("MAPS", "Charts and Navigation"),),
                ),
            ),
        ),
    ),
)

SCHOOLS: tuple[SchoolPlan, ...] = (NORTHGATE, HARBOUR)
