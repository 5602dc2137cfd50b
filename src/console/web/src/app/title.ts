import { useEffect } from 'react';
import { useWords } from './words';

/** The browser's title, so that tabs, history and screen readers know the page. */
export function useTitle(title: string): void {
  const { t } = useWords();
  useEffect(() => {
    document.title = `${title} · ${t('console.product')}`;
  }, [t, title]);
}
