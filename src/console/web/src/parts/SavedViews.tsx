import { Input } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useWords } from '../app/words';

interface View {
  name: string;
  query: string;
}

const MOST = 20;

/** Filters under a name, kept in this browser; without `page`, which belongs to no view. */
export function SavedViews({ list }: { list: 'alerts' | 'assets' }) {
  const { t } = useWords();
  const [query, setQuery] = useSearchParams();
  const store = `fengsui.views.${list}`;
  const [views, setViews] = useState<View[]>(() => read(store));
  const [name, setName] = useState('');
  const now = withoutPage(query);
  const put = (next: View[]) => {
    localStorage.setItem(store, JSON.stringify(next));
    setViews(next);
  };
  const keep = () => {
    const title = name.trim();
    if (title === '') return;
    put([...views.filter((view) => view.name !== title), { name: title, query: now }].slice(-MOST));
    setName('');
  };
  const isKept = views.some((view) => view.query === now);
  if (views.length === 0 && now === '') return null;
  return (
    <div className="views" role="group" aria-label={t('console.views.title')}>
      {views.map((view) => (
        <span key={view.name} className="view">
          <button type="button" className="chip" aria-pressed={view.query === now} onClick={() => setQuery(view.query)}>
            {view.name}
          </button>
          <button type="button" className="text-button" aria-label={t('console.views.remove', { name: view.name })} onClick={() => put(views.filter((one) => one !== view))}>
            <span aria-hidden="true">×</span>
          </button>
        </span>
      ))}
      {now !== '' && !isKept && (
        <form
          className="view"
          onSubmit={(event) => {
            event.preventDefault();
            keep();
          }}
        >
          <Input aria-label={t('console.views.name')} placeholder={t('console.views.name')} maxLength={40} value={name} onChange={(event) => setName(event.target.value)} />
          <button type="submit" className="text-button" disabled={name.trim() === ''}>
            {t('console.views.keep')}
          </button>
        </form>
      )}
    </div>
  );
}

function withoutPage(query: URLSearchParams): string {
  const plain = new URLSearchParams(query);
  plain.delete('page');
  plain.sort();
  return plain.toString();
}

/** What another version or a person wrote there may be anything. */
function read(store: string): View[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(store) ?? '[]');
    const isView = (one: unknown): one is View => typeof (one as View)?.name === 'string' && typeof (one as View)?.query === 'string';
    return Array.isArray(found) ? found.filter(isView).slice(0, MOST) : [];
  } catch {
    return [];
  }
}
