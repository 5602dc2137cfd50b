import '../styles/lists.css';
import { useEffect, useRef, useState } from 'react';
import { useFilters } from '../app/filters';
import { get } from '../app/http';
import { useLoad } from '../app/load';
import { useNarrow } from '../app/narrow';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { useAlertNews } from '../live/live';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { SavedViews } from '../parts/SavedViews';
import { Pages } from '../parts/Pages';
import { Waiting } from '../parts/Waiting';
import { AlertFilters } from './AlertFilters';
import { AlertList } from './AlertList';
import { AlertTable } from './AlertTable';
import { BulkBar } from './BulkBar';
import { PAGE_SIZE, queryOf } from './query';

/** News come in bursts; so long after one the list is asked for again; milliseconds. */
const SETTLE = 400;

/** All alerts, with filter, search and order done by the sensor. */
export default function Alerts() {
  const { t, count } = useWords();
  const filters = useFilters();
  const narrow = useNarrow();
  useTitle(t('console.alerts.title'));
  const query = queryOf(filters);
  const list = useLoad(JSON.stringify(query), (signal) => get('/api/v1/alerts', { query, signal }));
  const reloadSoon = useSettled(list.reload);
  useAlertNews({ onAlert: reloadSoon, onReload: list.reload });

  const rows = list.data?.items ?? [];
  const [chosen, setChosen] = useState<string[]>([]);
  // What is not shown any more is not acted upon.
  const there = chosen.filter((id) => rows.some((row) => row.id === id));
  const filtered = filters.value('severity') !== '' || filters.value('search') !== '' || filters.value('state') !== '';
  return (
    <>
      <header className="page-head">
        <h1>{t('console.alerts.title')}</h1>
        <p className="weak" role="status">
          {list.data && count('console.alerts.found', list.data.total)}
        </p>
      </header>
      <SavedViews list="alerts" />
      <AlertFilters filters={filters} />
      <BulkBar ids={there} onDone={() => (setChosen([]), list.reload())} />
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {!list.data && list.loading && <Waiting />}
      {list.data && rows.length === 0 && (
        <Empty title={t(filtered ? 'console.alerts.none_match' : 'console.alerts.none_open')}>
          {filtered ? (
            <button type="button" className="text-button" onClick={() => filters.change({ state: '', severity: '', search: '' })}>
              {t('console.filter.clear')}
            </button>
          ) : (
            <p className="weak">{t('console.alerts.none_open_more')}</p>
          )}
        </Empty>
      )}
      {rows.length > 0 && (narrow ? <AlertList rows={rows} /> : <AlertTable rows={rows} filters={filters} chosen={chosen} onChoose={setChosen} />)}
      <Pages page={filters.page} size={PAGE_SIZE} total={list.data?.total ?? 0} onPage={(page) => filters.change({ page: String(page) })} />
    </>
  );
}

/** Calls once after a burst of calls. */
function useSettled(action: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(action, SETTLE);
  };
}
