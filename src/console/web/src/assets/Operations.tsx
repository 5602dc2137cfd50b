import { useState } from 'react';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Ago } from '../parts/Moment';
import { Pages } from '../parts/Pages';
import { PlainTable } from '../parts/PlainTable';
import { Protocol } from '../parts/Protocol';

const PAGE_SIZE = 10;

interface Operation {
  key: string;
  asked: boolean;
  protocol: string;
  name: string;
  class: Schema<'Class'>;
  peers: Set<string>;
  count: number;
  /** Where it is polled regularly. */
  rhythm: string | null;
  last: string;
}

interface OperationsProps {
  links: Schema<'LinkView'>[];
  /** Addresses of the machine itself. */
  own: string[];
}

/** What a machine has others do and does for others, over all its links; the latest first. */
export function Operations({ links, own }: OperationsProps) {
  const { t, name, number, count } = useWords();
  const [page, setPage] = useState(1);
  const rows = operationsOf(links, own);
  const columns = [
    t('console.matrix.function'),
    t('console.matrix.class'),
    t('console.alert.protocol'),
    t('console.links.peer'),
    { number: t('console.alerts.count') },
    t('console.alerts.last'),
  ];
  return (
    <Card title={t('console.operations.title')} aside={<span className="weak">{count('console.operations.found', rows.length)}</span>}>
      {rows.length === 0 && <p className="weak">{t('console.operations.none')}</p>}
      {rows.length > 0 && (
        <PlainTable label={t('console.operations.title')} columns={columns}>
          {rows.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map((row) => (
            <tr key={row.key}>
              <td>
                <span className="link-direction weak">{t(row.asked ? 'console.operations.asked' : 'console.operations.answered')}</span> <span className="mono">{row.name}</span>
                {row.rhythm && <span className="row-sub">{t('console.operations.every', { rhythm: row.rhythm })}</span>}
              </td>
              <td>{name('console.function_class', row.class)}</td>
              <td>
                <Protocol name={row.protocol} />
              </td>
              <td className="mono">{[...row.peers].slice(0, 3).join(', ')}{row.peers.size > 3 && ' …'}</td>
              <td className="number">{number(row.count)}</td>
              <td>
                <Ago at={row.last} />
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
      <Pages page={page} size={PAGE_SIZE} total={rows.length} onPage={setPage} />
    </Card>
  );
}

function operationsOf(links: Schema<'LinkView'>[], own: string[]): Operation[] {
  const found = new Map<string, Operation>();
  for (const link of links) {
    const asked = own.includes(link.client);
    for (const one of link.functions) {
      const key = `${asked} ${link.protocol} ${one.name}`;
      const known = found.get(key) ?? { key, asked, protocol: link.protocol, name: one.name, class: one.class, peers: new Set<string>(), count: 0, rhythm: null, last: one.last };
      known.peers.add(asked ? link.server : link.client);
      known.count += one.count;
      known.rhythm ??= one.rhythm ?? null;
      if (one.last > known.last) known.last = one.last;
      found.set(key, known);
    }
  }
  return [...found.values()].sort((one, other) => other.last.localeCompare(one.last));
}
