// @ts-check
/**
 * <kline-chart>: candles of five minutes to a month by KLineChart, raw or adjusted. A day of which only the close is known is drawn from the
 * close before to its own, without wicks; the page says so beside it. The tabs of the chart sheet are switched here too.
 */
import { listen } from "./stream.js";

/** @typedef {{timestamp: number, open: number, high: number, low: number, close: number, volume?: number}} Candle */

/** @type {Record<string, {type: string, span: number}>} */
const PERIODS = { "5day": { type: "minute", span: 5 }, "5m": { type: "minute", span: 5 }, "15m": { type: "minute", span: 15 }, "30m": { type: "minute", span: 30 }, "60m": { type: "hour", span: 1 }, day: { type: "day", span: 1 }, week: { type: "week", span: 1 }, month: { type: "month", span: 1 } };
const INTRADAY = new Set(["5day", "5m", "15m", "30m", "60m"]);
// A new minute of the day is fetched with its neighbours, not more often than this.
const REFRESH_MS = 2_000;

/** @param {any[][]} rows day, open, high, low, close, volume @returns {Candle[]} */
function candlesOf(rows) {
  /** @type {Candle[]} */
  const candles = [];
  for (const [day, open, high, low, close, volume] of rows) {
    const end = Number(close);
    const start = open === null ? (candles.at(-1)?.close ?? end) : Number(open);
    const [date, time] = String(day).split(" ");
    candles.push({ timestamp: Date.parse(`${date}T${time ?? "00:00"}:00+08:00`), open: start, high: high === null ? Math.max(start, end) : Number(high), low: low === null ? Math.min(start, end) : Number(low), close: end, ...(volume === null ? {} : { volume }) });
  }
  return candles;
}

/** @param {Candle[]} days @param {"week" | "month"} by @returns {Candle[]} */
function joined(days, by) {
  /** @type {Candle[]} */
  const groups = [];
  let name = "";
  for (const day of days) {
    const date = new Date(day.timestamp + 8 * 3_600_000);
    const monday = new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * 86_400_000);
    const own = by === "month" ? date.toISOString().slice(0, 7) : monday.toISOString().slice(0, 10);
    const last = groups.at(-1);
    if (last && own === name) {
      last.high = Math.max(last.high, day.high);
      last.low = Math.min(last.low, day.low);
      last.close = day.close;
      if (day.volume !== undefined) last.volume = (last.volume ?? 0) + day.volume;
    } else groups.push({ ...day });
    name = own;
  }
  return groups;
}

/** The candles of the last days that have any. @param {Candle[]} bars @param {number} count @returns {Candle[]} */
function lastDays(bars, count) {
  const day = (/** @type {Candle} */ bar) => new Date(bar.timestamp + 8 * 3_600_000).toISOString().slice(0, 10);
  const days = [...new Set(bars.map(day))].slice(-count);
  return bars.filter((bar) => days.includes(day(bar)));
}

/** @param {HTMLElement} near */
function stylesFrom(near) {
  const read = getComputedStyle(near);
  const [up, down, ink, line, soft, sheet, accent, amber] = ["--up", "--down", "--ink", "--line", "--ink-3", "--sheet", "--accent", "--amber"].map((name) => read.getPropertyValue(name).trim());
  const family = read.fontFamily;
  const tick = { color: soft, size: 11, family };
  return {
    grid: { horizontal: { color: line, style: "solid" }, vertical: { show: false } },
    candle: {
      type: "candle_up_stroke",
      bar: { upColor: up, downColor: down, noChangeColor: soft, upBorderColor: up, downBorderColor: down, noChangeBorderColor: soft, upWickColor: up, downWickColor: down, noChangeWickColor: soft },
      priceMark: { high: { color: soft, textFamily: family }, low: { color: soft, textFamily: family }, last: { upColor: up, downColor: down, noChangeColor: soft, text: { family, color: sheet } } },
      tooltip: { showRule: "follow_cross", title: { show: false }, legend: { color: soft, family, size: 11, defaultValue: "--" } },
    },
    indicator: { lines: [accent, amber, soft].map((color) => ({ color, size: 1, style: "solid", smooth: false })), bars: [{ upColor: up, downColor: down, noChangeColor: soft }], lastValueMark: { show: false }, tooltip: { title: { color: soft, family, size: 11 }, legend: { color: soft, family, size: 11 } } },
    xAxis: { axisLine: { color: line }, tickLine: { show: false }, tickText: tick },
    yAxis: { axisLine: { show: false }, tickLine: { show: false }, tickText: tick },
    separator: { color: line },
    crosshair: { horizontal: { line: { color: soft }, text: { backgroundColor: ink, borderColor: ink, color: sheet, family } }, vertical: { line: { color: soft }, text: { backgroundColor: ink, borderColor: ink, color: sheet, family } } },
  };
}

class KlineChart extends HTMLElement {
  connectedCallback() {
    for (const tab of document.querySelectorAll("[data-chart]")) {
      tab.addEventListener("click", () => this.choose(/** @type {HTMLElement} */ (tab)));
      tab.addEventListener("keydown", (event) => this.onKey(/** @type {KeyboardEvent} */ (event)));
    }
    /** @type {Map<string, Candle[]>} */
    this.kept = new Map();
    this.adjust = "none";
    document.querySelector("[data-adjust]")?.addEventListener("change", (event) => {
      this.adjust = /** @type {HTMLSelectElement} */ (event.target).value;
      if (this.period) this.show(this.period);
    });
    for (const select of document.querySelectorAll("[data-indicator]")) {
      select.addEventListener("change", () => select instanceof HTMLSelectElement && this.indicate(select.dataset.indicator === "main" ? "main" : "sub", select.value));
    }
    const stops = [listen(`quote:${this.dataset.symbol}`, (quote) => this.hear(quote)), listen(`minutes:${this.dataset.symbol}`, () => this.minute())];
    this.stop = () => stops.forEach((stop) => stop());
    this.watcher = new ResizeObserver(() => this.chart?.resize());
    this.watcher.observe(this);
  }

  disconnectedCallback() {
    clearTimeout(this.due);
    this.watcher?.disconnect();
    this.stop?.();
  }

  /** Today so far: the last candle of the daily chart. @param {any} quote @returns {Candle | null} */
  today(quote) {
    if (!quote?.last || !quote.open) return null;
    const [open, high, low, close] = [quote.open, quote.high, quote.low, quote.last].map(Number);
    return { timestamp: Date.parse(`${this.dataset.day}T00:00:00+08:00`), open, high, low, close, volume: quote.volume };
  }

  /** @param {any} quote */
  hear(quote) {
    this.quote = quote;
    const candle = this.today(quote);
    if (candle && this.period === "day" && this.adjust !== "backward") this.grow?.(candle);
  }

  /** Another minute of the day is known. */
  minute() {
    for (const name of this.kept?.keys() ?? []) if (INTRADAY.has(name.split(" ")[0])) this.kept?.delete(name);
    if (!INTRADAY.has(this.period ?? "")) return;
    this.due ??= setTimeout(() => {
      this.due = undefined;
      if (INTRADAY.has(this.period ?? "")) this.show(this.period ?? "5m");
    }, REFRESH_MS);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-chart]")]);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(/** @type {HTMLElement} */ (event.target)) + step + tabs.length) % tabs.length];
    next.focus();
    this.choose(next);
  }

  /** @param {HTMLElement} chosen */
  choose(chosen) {
    for (const tab of document.querySelectorAll("[data-chart]")) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      /** @type {HTMLElement} */ (tab).tabIndex = tab === chosen ? 0 : -1;
    }
    const name = chosen.dataset.chart ?? "";
    /** @type {HTMLElement} */ (document.getElementById("chart-minute")).hidden = name !== "minute";
    const panel = /** @type {HTMLElement} */ (document.getElementById("chart-candles"));
    panel.hidden = name === "minute";
    panel.setAttribute("aria-labelledby", chosen.id);
    if (name !== "minute") this.show(name);
  }

  /** @param {string} period */
  async show(period) {
    this.period = period;
    // The note tells of days without wicks; minutes have them all.
    for (const note of document.querySelectorAll(".chart-note")) /** @type {HTMLElement} */ (note).hidden = INTRADAY.has(period);
    const base = period === "5day" ? "5m" : INTRADAY.has(period) ? period : "day";
    const name = `${base} ${this.adjust}`;
    /** @type {Candle[]} */
    let bars;
    try {
      bars = this.kept?.get(name) ?? (await this.load(base));
    } catch {
      return this.fail(period);
    }
    this.kept?.set(name, bars);
    if (this.period !== period || name !== `${base} ${this.adjust}`) return;
    // Backward prices of today would need today's factor, which the quote hasn't got.
    const today = base === "day" && this.adjust !== "backward" ? this.today(this.quote ?? { open: this.dataset.open, high: this.dataset.high, low: this.dataset.low, last: this.dataset.last }) : null;
    const days = today ? [...bars, today] : bars;
    const shown = period === "week" || period === "month" ? joined(days, period) : period === "5day" ? lastDays(days, 5) : days;
    this.chart ??= this.begin(days.filter((day) => day.volume !== undefined).length * 2 > days.length);
    this.chart.setStyles({ candle: { type: period === "5day" ? "area" : "candle_up_stroke" } });
    const places = (this.dataset.tick ?? "0.01").split(".")[1]?.length ?? 0;
    this.chart.setDataLoader({
      subscribeBar: (/** @type {any} */ { callback }) => (this.grow = callback),
      unsubscribeBar: () => (this.grow = undefined),
      getBars: (/** @type {any} */ { type, callback }) => callback(type === "init" ? shown : [], false),
    });
    this.chart.setSymbol({ ticker: this.dataset.symbol, pricePrecision: places, volumePrecision: 0 });
    this.chart.setPeriod(PERIODS[period]);
  }

  /** @param {string} period @returns {Promise<Candle[]>} */
  async load(period) {
    const answer = await fetch(`${this.dataset.src}?period=${period}&adjust=${this.adjust}&limit=480`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    return candlesOf(Array.isArray(found) ? found : (found.items ?? found.bars ?? []));
  }

  /** @param {boolean} hasVolume */
  begin(hasVolume) {
    this.replaceChildren();
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", this.dataset.label ?? "");
    const english = document.documentElement.lang === "en";
    // @ts-ignore klinecharts is loaded before this module
    const chart = klinecharts.init(this, { locale: english ? "en-US" : "zh-CN", timezone: "Asia/Shanghai", styles: stylesFrom(this), thousandsSeparator: { sign: "," } });
    chart.setBarSpace(this.clientWidth < 500 ? 7 : 9);
    chart.setOffsetRightDistance(12);
    chart.overrideYAxis({ paneId: "candle_pane", gap: { top: 0.16, bottom: 0.08 } });
    this.drawn = { main: "MA", sub: hasVolume ? "VOL" : "MACD" };
    for (const select of document.querySelectorAll("[data-indicator]")) if (select instanceof HTMLSelectElement && select.dataset.indicator === "sub") select.value = this.drawn.sub;
    chart.createIndicator({ name: "MA", calcParams: [5, 10, 20], paneId: "candle_pane" }, true);
    chart.createIndicator({ name: this.drawn.sub, paneId: "sub_pane" });
    return chart;
  }

  /** Another indicator over the candles or below them. @param {"main" | "sub"} place @param {string} name */
  indicate(place, name) {
    if (!this.chart || !this.drawn) return;
    const paneId = place === "main" ? "candle_pane" : "sub_pane";
    if (this.drawn[place] !== "none") this.chart.removeIndicator({ paneId, name: this.drawn[place] });
    this.drawn[place] = name;
    if (name !== "none") this.chart.createIndicator({ name, paneId, ...(name === "MA" ? { calcParams: [5, 10, 20] } : {}) }, place === "main");
  }

  /** @param {string} period */
  fail(period) {
    const note = Object.assign(document.createElement("p"), { className: "empty" });
    const again = Object.assign(document.createElement("button"), { className: "link", textContent: this.dataset.again, onclick: () => this.show(period) });
    note.append(this.dataset.failed ?? "", " ", again);
    this.chart = undefined;
    this.replaceChildren(note);
  }
}

customElements.define("kline-chart", KlineChart);
