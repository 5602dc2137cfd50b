import { lazy, useEffect } from 'react';
import type { ComponentType } from 'react';
import { Link, usePlace } from '../app/router';
import type { Key } from '../app/text';
import { useWords } from '../app/words';

export interface PageProps {
  /** The record that the address names, shown beside the list. */
  id: string | null;
}

interface Entry {
  title: Key;
  page: ComponentType<PageProps>;
}

/** Pages by the first part of the address; the header's links are the same. */
const PAGES: Record<string, Entry> = {
  '': { title: 'console.overview.title', page: lazy(() => import('../overview/Overview')) },
  alerts: { title: 'console.alerts.title', page: lazy(() => import('../alerts/Alerts')) },
  assets: { title: 'console.assets.title', page: lazy(() => import('../assets/Assets')) },
  report: { title: 'console.report.title', page: lazy(() => import('../report/Report')) },
};

export function Page() {
  const { t } = useWords();
  const { path } = usePlace();
  const [, first = '', id = null, ...more] = path.split('/');
  const entry = more.length === 0 ? PAGES[first] : undefined;
  const title = t(entry?.title ?? 'error.not_found');
  useEffect(() => {
    document.title = `${title} · ${t('console.product')}`;
  }, [t, title]);

  if (!entry) {
    return (
      <p>
        {title}. <Link to="/">{t('console.overview.title')}</Link>
      </p>
    );
  }
  return <entry.page id={id === null ? null : decodeURIComponent(id)} />;
}
