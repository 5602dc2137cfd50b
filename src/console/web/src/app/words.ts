import * as format from './format';
import type { Schema } from './http';
import { RequestError } from './http';
import { useSettings } from './settings';
import { fill, isKey } from './text';
import type { Args, CountedKey, Key, Lang } from './text';

/** Everything that is said, in the language chosen. */
export interface Words {
  lang: Lang;
  t: (key: Key, args?: Args) => string;
  /** A sentence about `count` things: "1 alert", "2 alerts". */
  count: (base: CountedKey, count: number, args?: Args) => string;
  /** A text that the API gave in both languages. */
  say: (text: Schema<'Text'>) => string;
  /** A name from the API that the language files may know: `protocol.` + `modbus`; itself where they do not. */
  name: (group: string, name: string) => string;
  /** Several things in one sentence: "a, b and c". */
  list: (parts: string[]) => string;
  error: (error: unknown) => string;
  number: (value: number) => string;
  bytes: (value: number) => string;
  percent: (part: number, whole: number) => string;
  ago: (iso: string, now: number) => string;
  duration: (seconds: number) => string;
}

/** What is drawn anew only every few seconds cannot say more exactly; milliseconds. */
const JUST = 5_000;

export function useWords(): Words {
  return WORDS[useSettings().lang];
}

function wordsOf(lang: Lang): Words {
  const t = (key: Key, args?: Args) => fill(lang, key, args);
  return {
    lang,
    t,
    count: (base, count, args) => {
      const form = new Intl.PluralRules(lang).select(count) === 'one' ? 'one' : 'other';
      return fill(lang, `${base}.${form}`, { ...args, count: format.number(lang, count) });
    },
    say: (text) => text[lang],
    name: (group, name) => {
      const key = `${group}.${name}`;
      return isKey(key) ? t(key) : name;
    },
    list: (parts) => format.list(lang, parts),
    error: (error) => {
      if (!(error instanceof RequestError)) return t('console.error.unknown');
      const what = isKey(error.key) ? t(error.key) : error.key;
      return error.detail ? t('console.error.detail', { what, detail: error.detail }) : what;
    },
    number: (value) => format.number(lang, value),
    bytes: (value) => format.bytes(lang, value),
    percent: (part, whole) => format.percent(lang, part, whole),
    duration: (seconds) => format.duration(lang, seconds),
    ago: (iso, now) => (now - Date.parse(iso) < JUST ? t('console.just_now') : format.ago(lang, iso, now)),
  };
}

const WORDS: Record<Lang, Words> = { zh: wordsOf('zh'), en: wordsOf('en') };
