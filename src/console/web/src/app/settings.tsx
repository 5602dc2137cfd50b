import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import type { Lang } from './text';

export type Theme = 'light' | 'dark';

interface Settings {
  lang: Lang;
  theme: Theme;
  setLang: (lang: Lang) => void;
  setTheme: (theme: Theme) => void;
}

const LANG = 'fengsui.lang';
const THEME = 'fengsui.theme';
const DARK = matchMedia('(prefers-color-scheme: dark)');

const Context = createContext<Settings | null>(null);

/** Language and theme of this browser; what a person chose is kept, what nobody chose follows the browser. */
export function SettingsProvider({ children }: { children: ReactNode }) {
  const [lang, setLang] = useStored(LANG, isLang, browserLang());
  const dark = useSyncExternalStore(followDark, () => DARK.matches);
  const [theme, setTheme] = useStored(THEME, isTheme, dark ? 'dark' : 'light');

  useEffect(() => {
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset['theme'] = theme;
  }, [lang, theme]);

  const settings = useMemo(() => ({ lang, theme, setLang, setTheme }), [lang, theme, setLang, setTheme]);
  return <Context value={settings}>{children}</Context>;
}

export function useSettings(): Settings {
  const settings = useContext(Context);
  if (!settings) throw new Error('no SettingsProvider above');
  return settings;
}

function isLang(text: string | null): text is Lang {
  return text === 'zh' || text === 'en';
}

function isTheme(text: string | null): text is Theme {
  return text === 'light' || text === 'dark';
}

/** English for a browser that asks for English and not for Chinese; Chinese for everybody else. */
function browserLang(): Lang {
  const wanted = navigator.languages.find((language) => /^(zh|en)\b/i.test(language));
  return wanted?.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

function followDark(listener: () => void): () => void {
  DARK.addEventListener('change', listener);
  return () => DARK.removeEventListener('change', listener);
}

function useStored<T extends string>(name: string, known: (text: string | null) => text is T, otherwise: T): [T, (value: T) => void] {
  const [chosen, setChosen] = useState<T | null>(() => {
    const stored = localStorage.getItem(name);
    return known(stored) ? stored : null;
  });
  const choose = useMemo(
    () => (value: T) => {
      localStorage.setItem(name, value);
      setChosen(value);
    },
    [name],
  );
  return [chosen ?? otherwise, choose];
}
