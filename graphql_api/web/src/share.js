// Shares (0–1) in per cent, as exporters/rounding.py has them in files and mail: what is below a line is not shown as it.

/**
 * A share in per cent with one decimal, below every line that it is below, and 0 % or 100 % only where it is exactly that.
 * Every whole per cent counts as a line: not everywhere are those of the school's policy known.
 * It has more decimals only where no number with one is true.
 */
export function percent(share, lines = []) {
  const limits = [...lines, Math.floor(share * 100) / 100, Math.ceil(share * 100) / 100];
  for (let places = 3; ; places++) {
    const scale = 10 ** places;
    const nearest = Math.round(share * scale);
    const near = [nearest, nearest - 1, nearest + 1].map(count => count / scale).find(near => isTrue(near, share, limits));
    if (near !== undefined) return said(near, places - 2);
  }
}

function isTrue(near, share, lines) {
  return lines.every(line => near < line === share < line) && [0, 1].every(whole => near === whole === (share === whole));
}

function said(share, decimals) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return share.toLocaleString(undefined, { style: 'percent', ...digits });
}
