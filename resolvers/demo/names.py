"""Names for people: several cultures and scripts, and an ASCII form of each for e-mail addresses."""

import unicodedata
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class NamePool:
    """Given and family names that go together. `native|latin` where the script is not Latin."""

    weight: int
    given: tuple[str, ...]
    family: tuple[str, ...]
    pattern: str = "{given} {family}"


def _pool(weight: int, given: str, family: str, pattern: str = "{given} {family}") -> NamePool:
    return NamePool(weight, tuple(given.split()), tuple(name.replace("_", " ") for name in family.split()), pattern)


POOLS: tuple[NamePool, ...] = (
    _pool(
        30,
        "Amelia Oliver Isla George Ava Harry Emily Jack Grace Charlie Freya Thomas Poppy James Ella William Daisy "
        "Joshua Sophie Ethan Megan Callum Holly Liam Chloe Rhys Niamh Connor Aoife Seán Siân Ewan Zoë Jasmine Kieran",
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patterson Wright Walker White Edwards Hughes Green "
        "Hall Lewis Harris Clarke Turner Hill Cooper Ward Morris Moore Clark King Baker Harrison Morgan Allen O'Brien "
        "O'Connor MacDonald Ní_Bhriain Fitzgerald St._John Whitfield-Barnes",
    ),
    _pool(
        9,
        "Aisha Mohammed Fatima Ali Zainab Omar Maryam Hassan Khadija Ibrahim Layla Yusuf Noor Bilal Sana Imran",
        "Khan Ahmed Hussain Ali Begum Malik Iqbal Rahman Chowdhury Mahmood Siddiqui Al-Masri El-Sayed Farah Warsame",
    ),
    _pool(
        8,
        "Priya Arjun Ananya Rohan Diya Vikram Kavya Nikhil Meera Aditya Simran Gurpreet Harleen Sanjay",
        "Patel Sharma Singh Kaur Gupta Reddy Nair Iyer Mehta Desai Banerjee Fernando Perera",
    ),
    _pool(
        7,
        "Zofia Jakub Hanna Mateusz Łucja Michał Małgorzata Paweł Agnieszka Krzysztof Jiří Tereza Ľubica Šimon",
        "Kowalski Nowak Wiśniewska Wójcik Kamiński Lewandowska Zieliński Szymańska Dvořák Černý Novotná Kováč",
    ),
    _pool(
        6,
        "Chidi Ngozi Kwame Abena Adaeze Tunde Folasade Kofi Zanele Sipho Amara Emeka Wanjiru Otieno",
        "Okafor Mensah Adeyemi Nwosu Boateng Dlamini Eze Owusu Balogun Kamau Ndlovu Asante",
    ),
    _pool(
        6,
        "Sofía Mateo Lucía José Inês João Beatriz Tiago Begoña Iñaki Joaquín Conceição Núria Gonçalo",
        "García Fernández Muñoz Rodríguez Gómez Ibáñez Silva Conceição Magalhães Araújo de_la_Cruz Núñez",
    ),
    _pool(
        4,
        "Chloé François Zoé Rémi Élodie Jérôme Anaïs Loïc Jürgen Käthe Björn Sören Åsa Øyvind Guðrún Maëlle",
        "Lefèvre Müller Schröder Großmann Sørensen Ångström Bjørnstad L'Écuyer Dubois Béranger Køhler Jónsdóttir",
    ),
    _pool(
        4,
        "Thị_Hương Văn_Minh Elif Mehmet Ayşe Çağla Gülşen Oğuz Ștefan Ioana Ildikó Győző Agnė Jānis",
        "Nguyễn Trần Phạm Yılmaz Şahin Öztürk Ionescu Țurcanu Kovács Szőke Žukauskas Bērziņš",
    ),
    _pool(
        4,
        "Wei Jing Xiaoming Mei Haruto Yuki Minjun Seo-yeon Kwang-ho Ling",
        "Wang Li Zhang Chen Tanaka Kim Park Lim Wong Liu",
    ),
    _pool(
        2,
        "Юлия|Yuliya Дмитрий|Dmitri Олена|Olena Андрій|Andrii Светлана|Svetlana Иван|Ivan",
        "Петренко|Petrenko Ковальчук|Kovalchuk Шевченко|Shevchenko Бондаренко|Bondarenko",
    ),
    _pool(
        1,
        "Ελένη|Eleni Γιώργος|Giorgos Δήμητρα|Dimitra Νίκος|Nikos",
        "Παπαδοπούλου|Papadopoulou Αγγελίδης|Angelidis Οικονόμου|Oikonomou",
    ),
    _pool(
        1,
        "ليلى|Layla عمر|Omar مريم|Maryam يوسف|Yusuf",
        "حداد|Haddad الخطيب|Khatib منصور|Mansour",
    ),
    _pool(
        1,
        "伟|Wei 静|Jing 晓明|Xiaoming 美玲|Meiling",
        "王|Wang 李|Li 陈|Chen 欧阳|Ouyang",
        "{family}{given}",
    ),
    _pool(
        1,
        "さくら|Sakura 健太|Kenta 陽子|Yoko",
        "田中|Tanaka 佐藤|Sato 山本|Yamamoto",
        "{family} {given}",
    ),
    _pool(
        1,
        "지우|Jiwoo 민준|Minjun 서연|Seoyeon",
        "김|Kim 박|Park 최|Choi",
        "{family}{given}",
    ),
    _pool(1, "प्रिया|Priya अर्जुन|Arjun मीरा|Meera", "शर्मा|Sharma पटेल|Patel वर्मा|Varma"),
    _pool(1, "טליה|Talia נועם|Noam", "שפירא|Shapira לוי|Levi"),
    _pool(1, "สมชาย|Somchai มาลี|Malee", "ใจดี|Jaidee ทองสุข|Thongsuk"),
)
_WEIGHTS = tuple(pool.weight for pool in POOLS)
_NOT_DECOMPOSED = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "ð": "d", "ı": "i", "đ": "d", "Đ": "D", "æ": "ae", "þ": "th"}
)


def plain_ascii(name: str) -> str:
    """The name in lower-case ASCII letters, digits and hyphens, as e-mail addresses use it."""
    bare = unicodedata.normalize("NFKD", name.translate(_NOT_DECOMPOSED))
    return "".join(letter for letter in bare.lower() if letter.isascii() and (letter.isalnum() or letter == "-"))


@dataclass(slots=True)
class NameGiver:
    """Gives names and addresses out of one domain, no address twice."""

    rng: Random
    domain: str
    taken: dict[str, int] = field(default_factory=dict)

    def person(self) -> tuple[str, str]:
        """A name as the person writes it, and an e-mail address."""
        pool = self.rng.choices(POOLS, _WEIGHTS)[0]
        given, _, given_latin = self.rng.choice(pool.given).replace("_", " ").partition("|")
        family, _, family_latin = self.rng.choice(pool.family).partition("|")
        local = f"{plain_ascii(given_latin or given)}.{plain_ascii(family_latin or family)}"
        number = self.taken[local] = self.taken.get(local, 0) + 1
        address = f"{local}{number if number > 1 else ''}@{self.domain}"
        return pool.pattern.format(given=given, family=family), address
