// How a script and the test that started it talk: what was given as JSON on the command line, and lines of JSON out.

export const given = JSON.parse(process.argv[2]);

export function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
