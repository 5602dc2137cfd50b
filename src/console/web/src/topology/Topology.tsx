import '../styles/lists.css';
import '../styles/topology.css';
import { Segmented, Select } from 'antd';
import { lazy, Suspense } from 'react';
import { useFilters } from '../app/filters';
import { get } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Failure } from '../parts/Failure';
import { SearchField } from '../parts/SearchField';
import { Waiting } from '../parts/Waiting';
import type { Grouping } from './elements';
import { TopologyTabs } from './tabs';

const Plan = lazy(() => import('./Plan'));

const GROUPINGS: Grouping[] = ['level', 'zone', 'subnet'];
/** Seconds back. */
const SPANS = { hour: 3600, day: 86_400, week: 604_800 };

function ago(name: string): string | null {
  const seconds = SPANS[name as keyof typeof SPANS];
  // To the minute: a newer map every millisecond would never stand still.
  return seconds ? new Date(Math.floor(Date.now() / 60_000) * 60_000 - seconds * 1000).toISOString() : null;
}

/** Who talks to whom, as a map. */
export default function Topology() {
  const { t, count } = useWords();
  const filters = useFilters();
  useTitle(t('console.topology.title'));
  const grouping = GROUPINGS.find((one) => one === filters.value('by')) ?? 'level';
  const [used, news, search] = [filters.value('used'), filters.value('news'), filters.value('search').toLowerCase()];
  const query = { since: ago(used), news_since: ago(news) };
  const map = useLoad(JSON.stringify(query), (signal) => get('/api/v1/topology', { query, signal }));
  const spans = [{ value: '', label: t('console.topology.always') }, ...Object.keys(SPANS).map((value) => ({ value, label: t(`console.span.${value as keyof typeof SPANS}`) }))];
  return (
    <>
      <TopologyTabs />
      <header className="page-head">
        <h1>{t('console.topology.title')}</h1>
        <p className="weak" role="status">
          {map.data && count('console.assets.found', map.data.nodes.length)}
          {map.data && search !== '' && ` · ${count('console.topology.found', map.data.nodes.filter((node) => node.label.toLowerCase().includes(search)).length)}`}
        </p>
      </header>
      <div className="filters">
        <Segmented aria-label={t('console.topology.by')} value={grouping} options={GROUPINGS.map((value) => ({ value, label: t(`console.topology.by_${value}`) }))} onChange={(by) => filters.change({ by })} />
        <label className="topology-choice">
          <span className="weak">{t('console.topology.used')}</span>
          <Select aria-label={t('console.topology.used')} value={used} options={spans} onChange={(value) => filters.change({ used: value })} />
        </label>
        <label className="topology-choice">
          <span className="weak">{t('console.topology.news')}</span>
          <Select aria-label={t('console.topology.news')} value={news} options={[{ value: '', label: t('console.topology.no_news') }, ...spans.slice(1)]} onChange={(value) => filters.change({ news: value })} />
        </label>
        <SearchField label={t('console.topology.search')} value={search} onSearch={(text) => filters.change({ search: text })} />
      </div>
      {map.error !== null && <Failure error={map.error} onRetry={map.reload} />}
      {!map.data && map.loading && <Waiting />}
      {map.data?.cut && <p role="status">{t('console.topology.cut')}</p>}
      {map.data && (
        <Suspense fallback={<Waiting />}>
          <Plan map={map.data} grouping={grouping} search={search} />
        </Suspense>
      )}
      <p className="weak">{t('console.topology.what')}</p>
    </>
  );
}
