import { percent } from './share.js';

// The key figures of a report: label, field, and whether it is a rate (0–1) or a count.
const FIGURES = [
  ['Attendance', 'attendanceRate', true],
  ['Absence', 'absenceRate', true],
  ['Late', 'lateRate', true],
  ['Chronically absent', 'chronicAbsenceRate', true],
  ['At risk', 'atRiskCount', false],
  ['Trainees', 'traineeCount', false],
  ['Sessions held', 'sessionCount', false],
  ['Longest absence, in a row', 'longestAbsenceStreak', false],
  ['Average score', 'averageScore', true],
  ['Passed', 'passRate', true],
];

// counts of trainees, which say nothing of a single one
const OF_MANY = ['chronicAbsenceRate', 'atRiskCount', 'traineeCount'];

/** The figures that were measured. What is null was not measured, and is no 0: it is left out. */
export function Figures({ kind, metrics, policy }) {
  const lines = policy ? Object.values(policy).map(Number) : [];
  const said = field => metrics?.[field] != null && !(kind === 'TRAINEE' && OF_MANY.includes(field));
  const known = FIGURES.filter(([, field]) => said(field));
  if (!known.length) return <p className="quiet">Nothing was measured in these days.</p>;
  return (
    <dl className="figures">
      {known.map(([label, field, rate]) => (
        <div key={field}>
          <dt>{label}</dt>
          <dd>{rate ? percent(metrics[field], lines) : metrics[field].toLocaleString()}</dd>
        </div>
      ))}
    </dl>
  );
}
