import { useState } from 'react';
import { Link } from 'react-router';
import { get, type Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Pages } from '../parts/Pages';
import { PlainTable } from '../parts/PlainTable';
import { Sparkline } from '../parts/Sparkline';

const PAGE_SIZE = 10;
/** Samples that the box keeps of a point. */
const HISTORY = 48;

/** Between its least and its greatest value. */
function shape(history: Schema<'SampleView'>[]): number[] {
  const values = history.map((sample) => sample.value);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  return values.map((value) => (value - low) / span);
}

/** Points of a machine whose values were learnt, with what is normal for each. */
export function Points({ address }: { address: string }) {
  const { t, number, count, say } = useWords();
  const [page, setPage] = useState(1);
  const query = { scenario: 'values' as const, search: address, page, size: PAGE_SIZE };
  const list = useLoad(JSON.stringify(query), (signal) => get('/api/v1/baseline/rows', { query, signal }));
  const rows = list.data?.items ?? [];
  return (
    <Card title={t('console.points.title')} aside={list.data && <span className="weak">{count('console.points.found', list.data.total)}</span>}>
      {list.data && rows.length === 0 && <p className="weak">{t('console.points.none')}</p>}
      {rows.length > 0 && (
        <PlainTable
          label={t('console.points.title')}
          columns={[t('console.points.point'), t('console.baseline.normal'), t('console.points.history'), { number: t('console.baseline.count') }]}
        >
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                <span className="mono">{row.object ?? row.id.split('|').at(-1)}</span>
                <span className="row-sub">
                  {row.client} · {row.protocol}
                </span>
              </td>
              <td>
                <span className="mono">{row.normal}</span>
                <span className="row-sub">{say(row.explanation)}</span>
              </td>
              <td>
                {row.history.length > 1 && (
                  <Sparkline
                    values={shape(row.history)}
                    room={HISTORY}
                    label={t('console.points.went', { point: row.object ?? '', value: number(row.history.at(-1)?.value ?? 0) })}
                  />
                )}
              </td>
              <td className="number">{number(row.count)}</td>
            </tr>
          ))}
        </PlainTable>
      )}
      <Pages page={page} size={PAGE_SIZE} total={list.data?.total ?? 0} onPage={setPage} />
      <Link to={`/baseline?scenario=values&search=${encodeURIComponent(address)}`}>{t('console.points.all')}</Link>
    </Card>
  );
}
