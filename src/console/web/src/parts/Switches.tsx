import { useSettings } from '../app/settings';
import type { Lang } from '../app/text';
import { useWords } from '../app/words';

/** Each language is offered in its own words: who cannot read the page must find the way out. */
const OTHER: Record<Lang, { lang: Lang; tag: string; name: string }> = {
  zh: { lang: 'en', tag: 'en', name: 'English' },
  en: { lang: 'zh', tag: 'zh-CN', name: '中文' },
};

export function LangSwitch({ className }: { className: string }) {
  const { lang, setLang } = useSettings();
  const other = OTHER[lang];
  return (
    <button type="button" className={className} lang={other.tag} onClick={() => setLang(other.lang)}>
      {other.name}
    </button>
  );
}

export function ThemeSwitch({ className }: { className: string }) {
  const { theme, setTheme } = useSettings();
  const { t } = useWords();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" className={className} onClick={() => setTheme(other)}>
      {t(`console.theme.${other}`)}
    </button>
  );
}
