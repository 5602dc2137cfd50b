import type { Lang } from './text';

const LOCALES: Record<Lang, string> = { zh: 'zh-CN', en: 'en-GB' };

export function number(lang: Lang, value: number): string {
  return new Intl.NumberFormat(LOCALES[lang]).format(value);
}

export function list(lang: Lang, parts: string[]): string {
  return new Intl.ListFormat(LOCALES[lang]).format(parts);
}

/** A share as a percentage that never rounds something to nothing, nor nearly all to all. */
export function percent(lang: Lang, part: number, whole: number): string {
  const sign = lang === 'zh' ? '%' : ' %';
  if (whole <= 0 || part <= 0) return `0${sign}`;
  const share = (100 * part) / whole;
  if (share < 0.01) return `< 0.01${sign}`;
  if (share > 99.99 && part < whole) return `> 99.99${sign}`;
  return `${Number(share.toFixed(share < 10 ? 2 : 1))}${sign}`;
}

export function bytes(lang: Lang, value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || scaled >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(LOCALES[lang], { maximumFractionDigits: digits }).format(scaled)} ${units[unit]}`;
}

/** Local date and time, the same in both languages: 2026-01-31 08:05:09. */
export function dateTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

const UNITS: [string, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** A length of time in the largest unit that fits: "45 seconds", "1.5 hours". */
export function duration(lang: Lang, seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['second', 1];
  return new Intl.NumberFormat(LOCALES[lang], { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 }).format(seconds / size);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** How long ago: "3 minutes ago". */
export function ago(lang: Lang, iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  const [unit, size] = STEPS.find(([, length]) => seconds >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(LOCALES[lang]).format(-Math.floor(seconds / size), unit);
}
