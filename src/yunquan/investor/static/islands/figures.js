// @ts-check
/** How figures look in the browser; the same rules as templates/figures.html. Text in, text out: no float touches money. */

/** @param {string} digits @returns {string} "1234567" -> "1,234,567" */
function thousands(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** @param {string | number | null | undefined} value @returns {string} "-1234.50" -> "-1,234.50" */
export function grouped(value) {
  if (value === null || value === undefined || value === "") return "--";
  const text = String(value);
  const sign = text.startsWith("-") ? "-" : "";
  const [whole, fraction] = text.replace(/^[+-]/, "").split(".");
  return sign + thousands(whole) + (fraction === undefined ? "" : `.${fraction}`);
}

/** @param {string | null | undefined} value @returns {"up" | "down" | "flat"} direction of a signed figure */
export function way(value) {
  if (!value || !/[1-9]/.test(value)) return "flat";
  return value.startsWith("-") ? "down" : "up";
}

/** @param {string | null} value @param {string} mark @returns {"up" | "down" | "flat"} a price against another */
export function against(value, mark) {
  if (!value || !mark) return "flat";
  const [a, b] = [Number(value), Number(mark)];
  return a > b ? "up" : a < b ? "down" : "flat";
}

/** @param {string | null | undefined} value @returns {string} "11.8" -> "+11.8" */
export function signed(value) {
  if (value === null || value === undefined) return "--";
  return (way(value) === "up" ? "+" : "") + grouped(value);
}

/** @param {string | null | undefined} ratio a fraction with four places @returns {string} "+0.0079" -> "+0.79%" */
export function percent(ratio) {
  if (ratio === null || ratio === undefined) return "--";
  const hundredths = ratio.replace(/[+\-.]/g, "").replace(/^0+/, "").padStart(3, "0");
  const sign = way(ratio) === "flat" ? "" : ratio.startsWith("-") ? "-" : "+";
  return `${sign}${thousands(hundredths.slice(0, -2))}.${hundredths.slice(-2)}%`;
}

/** @param {string | number | null} value @param {boolean} english @returns {string} 3820000000 -> "38.20亿", "3.82B" */
export function large(value, english) {
  if (value === null) return "--";
  const whole = Math.trunc(Number(value));
  /** @param {number} unit @param {number} places */
  const cut = (unit, places) => {
    const scale = 10 ** places;
    return (Math.floor((whole / unit) * scale) / scale).toFixed(places);
  };
  if (english) {
    if (whole >= 1e9) return `${cut(1e9, 2)}B`;
    if (whole >= 1e6) return `${cut(1e6, 2)}M`;
    if (whole >= 1e4) return `${cut(1e3, 1)}K`;
  } else {
    if (whole >= 1e8) return `${cut(1e8, 2)}亿`;
    if (whole >= 1e4) return `${cut(1e4, 2)}万`;
  }
  return thousands(String(whole));
}

/** @param {number} at milliseconds since 1970 @returns {string} time of day in Beijing */
export function clock(at) {
  return new Date(at + 8 * 3_600_000).toISOString().slice(11, 19);
}
