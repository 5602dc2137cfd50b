import '../styles/lists.css';
import { Select } from 'antd';
import { Link } from 'react-router';
import { useFilters } from '../app/filters';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useNarrow } from '../app/narrow';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { useLive } from '../live/live';
import { Chips } from '../parts/Chips';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Pages } from '../parts/Pages';
import { SavedViews } from '../parts/SavedViews';
import { SearchField } from '../parts/SearchField';
import { Waiting } from '../parts/Waiting';
import { AssetList } from './AssetList';
import { AssetTable } from './AssetTable';
import { ImportAssets } from './ImportAssets';

const PAGE_SIZE = 50;
const ROLES: Schema<'Role'>[] = ['plc', 'hmi', 'engineering_station', 'scada', 'server', 'router', 'pc'];

/** Every machine that was seen, with what is known of it. */
export default function Assets() {
  const { t, count } = useWords();
  const filters = useFilters();
  const narrow = useNarrow();
  useTitle(t('console.assets.title'));
  // The list is asked for anew when the number of machines has changed.
  const known = useLive().overview?.assets ?? 0;
  const role = ROLES.find((one) => one === filters.value('role')) ?? null;
  const zone = filters.value('zone');
  const query = { search: filters.value('search'), role, zone, page: filters.page, size: PAGE_SIZE };
  const list = useLoad(`${known} ${JSON.stringify(query)}`, (signal) => get('/api/v1/assets', { query, signal }));

  const rows = list.data?.items ?? [];
  const filtered = role !== null || zone !== '' || query.search !== '';
  return (
    <>
      <header className="page-head">
        <h1>{t('console.assets.title')}</h1>
        <p className="weak" role="status">
          {list.data && count('console.assets.found', list.data.total)}
        </p>
        <span className="page-acts">
          <a href="/api/v1/assets/table?format=csv">{t('console.assets.export', { format: 'CSV' })}</a>
          <a href="/api/v1/assets/table?format=json">{t('console.assets.export', { format: 'JSON' })}</a>
          <ImportAssets onDone={list.reload} />
          <Link to="/edits">{t('console.edits.title')}</Link>
        </span>
      </header>
      <p className="page-what weak">{t('console.assets.what')}</p>
      <SavedViews list="assets" />
      <div className="filters">
        <Chips
          label={t('console.assets.role')}
          options={ROLES.map((value) => ({ value, content: t(`role.${value}`) }))}
          chosen={role ? [role] : []}
          onChoose={(value) => filters.change({ role: value === role ? '' : value })}
        />
        <div className="filters-right">
          <Select
            className="order-field"
            aria-label={t('console.assets.zone')}
            value={zone}
            options={[{ value: '', label: t('console.assets.all_zones') }, ...(list.data?.zones ?? []).map((value) => ({ value, label: value }))]}
            onChange={(value) => filters.change({ zone: value })}
          />
          <SearchField label={t('console.assets.search')} value={query.search} onSearch={(search) => filters.change({ search })} />
        </div>
      </div>
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {!list.data && list.loading && <Waiting />}
      {list.data && rows.length === 0 && (
        <Empty title={t(filtered ? 'console.assets.none_match' : 'console.assets.none')}>
          {filtered && (
            <button type="button" className="text-button" onClick={() => filters.change({ role: '', zone: '', search: '' })}>
              {t('console.filter.clear')}
            </button>
          )}
        </Empty>
      )}
      {rows.length > 0 && (narrow ? <AssetList rows={rows} /> : <AssetTable rows={rows} />)}
      <Pages page={filters.page} size={PAGE_SIZE} total={list.data?.total ?? 0} onPage={(page) => filters.change({ page: String(page) })} />
    </>
  );
}
