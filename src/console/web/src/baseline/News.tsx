import { useAct } from '../app/act';
import { get, post } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Ago } from '../parts/Moment';
import { protocolName } from '../parts/Protocol';

const SHOWN = 12;

/** What was learnt lately and from whom, to be reviewed: a device that should not be there is forgotten in one act. */
export function News({ onForgotten }: { onForgotten: () => void }) {
  const { t, count } = useWords();
  const query = { size: SHOWN };
  const news = useLoad('news', (signal) => get('/api/v1/baseline/news', { query, signal }));
  const { fault, act } = useAct();
  const forget = (address: string) => {
    if (!window.confirm(t('console.baseline.forget_sure', { address }))) return;
    void act(post('/api/v1/baseline/forget', { body: { address } }), () => (news.reload(), onForgotten()));
  };
  const items = news.data?.items ?? [];
  return (
    <Card title={t('console.baseline.news')} aside={<span className="weak">{count('console.learning.news', news.data?.total ?? 0)}</span>}>
      <Fault error={fault} />
      {items.length === 0 && <p className="weak">{t('console.baseline.no_news')}</p>}
      <ul className="baseline-news">
        {items.map((item, index) => (
          <li key={`${item.at} ${item.row} ${index}`}>
            <p>
              <strong>{t(`scenario.${item.scenario}`)}</strong>{' '}
              <span className="weak">
                <Ago at={item.at} />
                {item.accepted && ` · ${t('console.baseline.accepted')}`}
              </span>
            </p>
            <p className="baseline-normal">{item.learnt ? <Learnt row={item.learnt} /> : <span className="weak">{t('console.baseline.removed')}</span>}</p>
            <p className="weak">
              {t('console.baseline.by', { address: item.by })}{' '}
              <button type="button" className="text-button" onClick={() => forget(item.by)}>
                {t('console.baseline.forget')}
              </button>
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** A row in one line: between whom, what, and what is normal. */
function Learnt({ row }: { row: Schema<'RowView'> }) {
  const words = useWords();
  const what = [row.protocol && protocolName(words, row.protocol), row.function, row.object].filter(Boolean).join(' · ');
  return (
    <>
      {row.client && `${row.client} → ${row.server} · `}
      {what && `${what} · `}
      <span className="mono">{row.normal}</span>
    </>
  );
}
