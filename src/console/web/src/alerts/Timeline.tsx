import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Moment } from '../parts/Moment';
import { SeverityMark } from '../parts/SeverityMark';

type Row = Schema<'AlertRow'>;

/** Steps of one incident that are shown. */
const SHOWN = 50;

interface Step {
  key: string;
  at: string;
  what: ReactNode;
}

/** What came after what: the acts of the same incident, and what people wrote. */
export function Timeline({ alert }: { alert: Schema<'AlertDetail'> }) {
  const { t, say, count, number } = useWords();
  const incident = alert.incident ?? '';
  const story = useLoad(incident, async (signal) => (incident === '' ? null : get('/api/v1/alerts', { query: { incident, sort: 'first', size: SHOWN }, signal })));
  const others = (story.data?.items ?? []).filter((row) => row.id !== alert.id);
  const deed = (row: Row, own: boolean) => (
    <>
      <SeverityMark severity={row.severity} /> {own ? <strong>{say(row.title)}</strong> : <Link to={`/alerts/${row.id}`}>{say(row.title)}</Link>}
      {row.outcome && <span className="weak"> · {t(`outcome.${row.outcome}`)}</span>}
      {own && others.length > 0 && <span className="weak"> · {t('console.timeline.here')}</span>}
    </>
  );
  const act = (row: Row): Step => ({ key: row.id, at: row.first, what: deed(row, row.id === alert.id) });
  const comment = ({ user, at }: Schema<'Comment'>): Step => ({ key: `${user} ${at}`, at, what: t('console.timeline.comment', { user }) });
  const last: Step = { key: 'last', at: alert.last, what: t('console.timeline.last', { count: number(alert.count) }) };
  const steps = [act(alert), ...others.map(act), ...(alert.last === alert.first ? [] : [last]), ...alert.comments.map(comment)];
  steps.sort((one, other) => one.at.localeCompare(other.at));
  return (
    <Card title={t('console.timeline.title')} aside={others.length > 0 && <span className="weak">{count('console.alerts.found', others.length + 1)}</span>}>
      {others.length > 0 && <p className="weak">{t('console.timeline.what')}</p>}
      <ol className="timeline">
        {steps.map((step) => (
          <li key={step.key}>
            <span className="weak">
              <Moment at={step.at} />
            </span>
            <span>{step.what}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
