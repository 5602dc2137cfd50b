import '../styles/lists.css';
import '../styles/detail.css';
import { DatePicker } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useFilters } from '../app/filters';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Chips } from '../parts/Chips';
import { Failure } from '../parts/Failure';
import { Ago, Moment } from '../parts/Moment';
import { protocolName } from '../parts/Protocol';
import { Waiting } from '../parts/Waiting';
import { TopologyTabs } from './tabs';

/** Hours back. */
const SPANS = { hour: 1, day: 24, week: 168 } as const;
type Span = keyof typeof SPANS;

/** What is other than it was at a time. */
export default function Changes() {
  const { t, name } = useWords();
  const filters = useFilters();
  useTitle(t('console.changes.title'));
  const span = (Object.keys(SPANS) as Span[]).find((one) => one === filters.value('span')) ?? (filters.value('since') === '' ? 'day' : null);
  // To the minute, so that the question stands still while one looks.
  const back = span && new Date(Math.floor(Date.now() / 60_000) * 60_000 - SPANS[span] * 3_600_000).toISOString();
  const since = back ?? filters.value('since');
  const until = filters.value('until');
  const query = { since, until };
  const changes = useLoad(JSON.stringify(query), (signal) => get('/api/v1/changes', { query, signal }));
  const all = changes.data;
  return (
    <>
      <TopologyTabs />
      <header className="page-head">
        <h1>{t('console.changes.title')}</h1>
        <p className="weak">
          {t('console.changes.since')} <Moment at={since} />
          {until && (
            <>
              {' '}
              {t('console.changes.until')} <Moment at={until} />
            </>
          )}
        </p>
      </header>
      <p className="page-what weak">{t('console.changes.what')}</p>
      <div className="filters">
        <Chips
          label={t('console.changes.since')}
          options={(Object.keys(SPANS) as Span[]).map((value) => ({ value, content: t(`console.span.${value}`) }))}
          chosen={span ? [span] : []}
          onChoose={(value) => filters.change({ span: value, since: '' })}
        />
        <DatePicker showTime aria-label={t('console.changes.pick')} placeholder={t('console.changes.pick')} onChange={(time) => time && filters.change({ since: time.toDate().toISOString(), span: '' })} />
        <DatePicker showTime aria-label={t('console.changes.until')} placeholder={t('console.changes.until_now')} onChange={(time) => filters.change({ until: time ? time.toDate().toISOString() : '' })} />
      </div>
      {changes.error !== null && <Failure error={changes.error} onRetry={changes.reload} />}
      {!all && changes.loading && <Waiting />}
      {all && (
        <div className="detail-main">
          <Part title={t('console.changes.new_assets')} rows={all.new_assets.map((one) => ({ key: one.id, what: <Link to={`/assets/${one.id}`}>{one.label}</Link>, at: one.first }))} />
          <Part
            title={t('console.changes.new_facts')}
            rows={all.new_facts.map((one) => ({
              key: `${one.asset} ${one.kind} ${one.value}`,
              what: (
                <>
                  <Link to={`/assets/${one.asset}`}>{one.label}</Link> {name('console.fact', one.kind)}: <strong>{one.value}</strong> <span className="weak">{one.source}</span>
                </>
              ),
              at: one.first,
            }))}
          />
          <Part title={t('console.changes.new_links')} rows={all.new_links.map((one) => ({ key: keyOf(one), what: <LinkLine link={one} />, at: one.first }))} />
          <Part title={t('console.changes.new_functions')} rows={all.new_functions.map((one) => ({ key: keyOf(one), what: <LinkLine link={one} />, at: one.functions[0]?.first ?? one.first }))} />
          <Part title={t('console.changes.silent_links')} rows={all.silent_links.map((one) => ({ key: keyOf(one), what: <LinkLine link={one} />, at: one.last }))} />
        </div>
      )}
    </>
  );
}

const keyOf = (link: Schema<'LinkView'>) => `${link.vlan.join('.')} ${link.client} ${link.server} ${link.protocol}`;

/** Rows shown of one kind; the rest is counted. */
const SHOWN = 50;

function Part({ title, rows }: { title: string; rows: { key: string; what: ReactNode; at: string }[] }) {
  const { t, number, count } = useWords();
  return (
    <Card title={title} aside={<span className="weak">{number(rows.length)}</span>}>
      {rows.length === 0 && <p className="weak">{t('console.changes.none')}</p>}
      <ul className="changes">
        {rows.slice(0, SHOWN).map((row) => (
          <li key={row.key}>
            <span>{row.what}</span>
            <span className="weak">
              <Ago at={row.at} />
            </span>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN && <p className="weak">{count('console.changes.more', rows.length - SHOWN)}</p>}
    </Card>
  );
}

/** Functions named of one link; an object's name makes each of many reads another one. */
const NAMED = 12;

function LinkLine({ link }: { link: Schema<'LinkView'> }) {
  const words = useWords();
  const names = [...new Set(link.functions.map((one) => one.name))];
  return (
    <>
      <span className="mono">
        {link.client} → {link.server}
      </span>{' '}
      {protocolName(words, link.protocol)}{' '}
      <span className="weak">
        {names.slice(0, NAMED).join(', ')}
        {names.length > NAMED && ' …'}
      </span>
    </>
  );
}
