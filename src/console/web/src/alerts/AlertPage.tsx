import '../styles/detail.css';
import { useLocation, useParams } from 'react-router';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { useAlertNews } from '../live/live';
import { Back } from '../parts/Back';
import { Card } from '../parts/Card';
import { Failure } from '../parts/Failure';
import { Moment } from '../parts/Moment';
import { SeverityMark } from '../parts/SeverityMark';
import { StateMark } from '../parts/StateMark';
import { Waiting } from '../parts/Waiting';
import { Act } from './Act';
import { Closing } from './Closing';
import { Evidence } from './Evidence';
import { Handling } from './Handling';
import { Related } from './Related';
import { Techniques } from './Techniques';
import { Timeline } from './Timeline';

/** One alert: what happened, what it means, what to do, and how the sensor knows. */
export default function AlertPage() {
  const { t } = useWords();
  const { id = '' } = useParams();
  const alert = useLoad(id, (signal) => get('/api/v1/alerts/{id}', { path: { id }, signal }));
  useAlertNews({ onAlert: (row) => row.id === id && alert.reload(), onReload: alert.reload });
  return (
    <>
      <BackToList />
      {alert.error !== null && <Failure error={alert.error} onRetry={alert.reload} />}
      {!alert.data && alert.loading && <Waiting />}
      {!alert.data && !alert.loading && <h1>{t('console.alerts.title')}</h1>}
      {alert.data?.id === id && <Detail alert={alert.data} onChange={(changed) => alert.set(() => changed)} />}
    </>
  );
}

/** Back to the list as it was filtered. */
function BackToList() {
  const { t } = useWords();
  const state = useLocation().state as { search?: unknown } | null;
  const search = typeof state?.search === 'string' ? state.search : '';
  return <Back to={`/alerts${search}`}>{t('console.alerts.back')}</Back>;
}

interface DetailProps {
  alert: Schema<'AlertDetail'>;
  onChange: (alert: Schema<'AlertDetail'>) => void;
}

function Detail({ alert, onChange }: DetailProps) {
  const { t, say, count } = useWords();
  useTitle(say(alert.title));
  return (
    <article>
      <header className={`detail-head severity-${alert.severity}`}>
        <p className="detail-marks">
          <SeverityMark severity={alert.severity} />
          <StateMark row={alert} />
          <span className="mono weak">{alert.source}</span>
        </p>
        <h1>{say(alert.title)}</h1>
        <p className="weak">
          {count('console.times', alert.count)} · {t('console.alerts.first')} <Moment at={alert.first} />
          {alert.last !== alert.first && (
            <>
              {' · '}
              {t('console.alerts.last')} <Moment at={alert.last} />
            </>
          )}
        </p>
      </header>
      <div className="detail-columns">
        <div className="detail-main">
          <Card title={t('console.alert.happened')}>
            <Act alert={alert} />
          </Card>
          <Timeline alert={alert} />
          <Card title={t('console.alert.meaning')}>
            <p className="prose">{say(alert.meaning)}</p>
          </Card>
          <Card title={t('console.alert.advice')} className="card-advice">
            <p className="prose">{say(alert.advice)}</p>
          </Card>
          <Card title={t('console.alert.causes')}>
            <p className="prose">{say(alert.causes)}</p>
            <p className="weak">{t('console.alert.causes_what')}</p>
          </Card>
        </div>
        <div className="detail-side">
          <Closing alert={alert} onChange={onChange} />
          <Handling key={alert.id} alert={alert} onChange={onChange} />
          <Evidence id={alert.id} evidence={alert.evidence} />
          <Techniques ids={alert.techniques} />
          <Related alert={alert} />
        </div>
      </div>
    </article>
  );
}
