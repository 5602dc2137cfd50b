import '../styles/lists.css';
import '../styles/detection.css';
import { Link } from 'react-router';
import { useAct } from '../app/act';
import { useFilters } from '../app/filters';
import { get, post } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Chips } from '../parts/Chips';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Fault } from '../parts/Fault';
import { SearchField } from '../parts/SearchField';
import { SeverityMark } from '../parts/SeverityMark';
import { Toggle } from '../parts/Toggle';
import { Waiting } from '../parts/Waiting';
import { DetectionTabs } from './tabs';

type Detection = Schema<'DetectionView'>;

const FAMILIES = ['SEN', 'NET', 'MB', 'UM', 'S7', 'SP', 'UA', 'BL', 'COR'] as const;
const familyOf = (id: string) => FAMILIES.find((family) => id.startsWith(`${family}-`));

/** Every detection: what it means, what to do, when it speaks, and whether it shall. */
export default function Catalogue() {
  const { t, count } = useWords();
  const filters = useFilters();
  useTitle(t('console.catalogue.title'));
  const list = useLoad('catalogue', (signal) => get('/api/v1/catalogue', { signal }));
  const { fault, act } = useAct();
  const [search, family, off] = [filters.value('search').toLowerCase(), filters.value('family'), filters.value('off') !== ''];
  const turn = (id: string, on: boolean) =>
    void act(post('/api/v1/switch', { body: { source: id, on } }), () => list.set((all) => all.map((one) => (one.id === id ? { ...one, on } : one))));
  const fits = (one: Detection) =>
    (family === '' || familyOf(one.id) === family) &&
    (!off || !one.on) &&
    [one.id, one.name.zh, one.name.en, ...one.techniques].some((text) => text.toLowerCase().includes(search));
  const rows = (list.data ?? []).filter(fits);
  return (
    <>
      <DetectionTabs />
      <header className="page-head">
        <h1>{t('console.catalogue.title')}</h1>
        <p className="weak" role="status">
          {list.data && count('console.catalogue.found', rows.length)}
        </p>
      </header>
      <p className="page-what weak">{t('console.catalogue.what')}</p>
      <div className="filters">
        <Chips
          label={t('console.catalogue.family')}
          options={[...FAMILIES.map((value) => ({ value, content: t(`console.family.${value}`) })), { value: 'off', content: t('console.catalogue.off') }]}
          chosen={[family, off ? 'off' : ''].filter(Boolean)}
          onChoose={(value) => filters.change(value === 'off' ? { off: off ? '' : '1' } : { family: value === family ? '' : value })}
        />
        <div className="filters-right">
          <SearchField label={t('console.catalogue.search')} value={filters.value('search')} onSearch={(text) => filters.change({ search: text })} />
        </div>
      </div>
      <Fault error={fault} />
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {!list.data && list.loading && <Waiting />}
      {list.data && rows.length === 0 && <Empty title={t('console.catalogue.none')} />}
      <ul className="catalogue">
        {rows.map((one) => (
          <Row key={one.id} one={one} onTurn={(on) => turn(one.id, on)} />
        ))}
      </ul>
    </>
  );
}

function Row({ one, onTurn }: { one: Detection; onTurn: (on: boolean) => void }) {
  const { t, say, name, number } = useWords();
  return (
    <li className={one.on ? 'catalogue-row' : 'catalogue-row catalogue-off'} id={one.id}>
      <details>
        <summary>
          <span className="mono catalogue-id">{one.id}</span>
          <span className="row-title">{say(one.name)}</span>
          <SeverityMark severity={one.severity} />
        </summary>
        <div className="catalogue-body">
          <dl className="catalogue-texts">
            <dt>{t('console.alert.meaning')}</dt>
            <dd className="prose">{say(one.meaning)}</dd>
            <dt>{t('console.alert.advice')}</dt>
            <dd className="prose">{say(one.advice)}</dd>
            <dt>{t('console.alert.causes')}</dt>
            <dd className="prose">{say(one.causes)}</dd>
            {one.techniques.length > 0 && (
              <>
                <dt>{t('console.alert.techniques')}</dt>
                <dd>
                  {one.techniques.map((id) => (
                    <span key={id} className="catalogue-technique">
                      <span className="mono">{id}</span> {name('console.technique', id)}
                    </span>
                  ))}
                </dd>
              </>
            )}
            {one.thresholds.length > 0 && (
              <>
                <dt>{t('console.catalogue.thresholds')}</dt>
                <dd>
                  {one.thresholds.map((threshold) => (
                    <span key={threshold.name} className="catalogue-technique mono">
                      {threshold.name} = {number(threshold.value)} {threshold.unit}
                    </span>
                  ))}
                </dd>
              </>
            )}
          </dl>
          {one.needs_baseline && <p className="weak">{t('console.catalogue.needs_baseline')}</p>}
          <Link to={`/alerts?state=all&search=${encodeURIComponent(one.id)}`}>{t('console.catalogue.alerts')}</Link>
        </div>
      </details>
      <Toggle on={one.on} label={t('console.switch', { name: one.id })} onChange={onTurn} />
    </li>
  );
}
