import { Link } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { useNow } from '../live/now';
import { Sign } from '../parts/Sign';
import { alertsVerdict, learningVerdict, sensorVerdict } from './verdict';
import type { Verdict } from './verdict';

/** The whole state in three sentences. */
export function StateLine({ overview }: { overview: Schema<'Overview'> }) {
  const words = useWords();
  const now = useNow();
  const { t } = words;
  return (
    <ul className="state-line">
      <Statement name={t('console.state.sensor')} verdict={sensorVerdict(words, overview, now)} />
      <Statement name={t('console.state.learning')} verdict={learningVerdict(words, overview.learning)} />
      <Statement name={t('console.alerts.title')} verdict={alertsVerdict(words, overview.alerts)} to="/alerts" />
    </ul>
  );
}

function Statement({ name, verdict, to }: { name: string; verdict: Verdict; to?: string }) {
  return (
    <li className={`statement statement-${verdict.kind}`}>
      <Sign kind={verdict.kind} size={30} />
      <div>
        <p className="statement-name">{name}</p>
        <p className="statement-text">{to ? <Link to={to}>{verdict.text}</Link> : verdict.text}</p>
        <p className="weak">{verdict.more}</p>
      </div>
    </li>
  );
}
