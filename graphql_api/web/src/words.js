// How instants, days, numbers and the API's upper-case words are shown.

/** What people call the formats of files, in the order in which they are offered. */
export const FORMATS = { PDF: 'PDF', XLSX: 'Excel', CSV: 'CSV', JSON: 'JSON' };

/** `CLASS_GROUP` and `ClassGroup` as "Class group". */
export function words(name) {
  const text = name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase();
  return text[0].toUpperCase() + text.slice(1);
}

export function moment(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'short' });
}

/** A period: its days, and its name where it has one. */
export function days({ name, from, to }) {
  const range = from === to ? day(from) : `${day(from)} – ${day(to)}`;
  return name ? `${name} · ${range}` : range;
}

/** A plain date is a day, not an instant: no zone may move it. */
function day(iso) {
  return new Date(`${iso}T00:00:00Z`).toLocaleDateString(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
}

export function number(count) {
  return count.toLocaleString();
}

export function size(bytes) {
  if (bytes == null) return '';
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
