import '../styles/overview.css';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { useLive } from '../live/live';
import { Waiting } from '../parts/Waiting';
import { DemoPanel } from './DemoPanel';
import { Health } from './Health';
import { LatestAlerts } from './LatestAlerts';
import { Learning } from './Learning';
import { Ports } from './Ports';
import { ReportCard } from './ReportCard';
import { SeverityTiles } from './SeverityTiles';
import { StateLine } from './StateLine';
import { Webhooks } from './Webhooks';

/** Is the sensor right, what did it learn, what needs a person. */
export default function Overview() {
  const { t } = useWords();
  const { overview, samples } = useLive();
  useTitle(t('console.overview.title'));
  if (!overview) return <Waiting />;
  const { demo } = overview;
  // The demo's buttons are many: what else there is moves to the other side.
  const receivers = (
    <>
      <Ports ports={overview.ports} samples={samples} />
      <Webhooks webhooks={overview.webhooks} />
      <ReportCard status={overview.uplink} />
    </>
  );
  return (
    <>
      <h1 className="visually-hidden">{t('console.overview.title')}</h1>
      <StateLine overview={overview} />
      <SeverityTiles alerts={overview.alerts} />
      <div className="overview-columns">
        <div className="overview-column">
          <LatestAlerts />
          <Learning stages={overview.learning} />
          {demo && receivers}
        </div>
        <div className="overview-column">
          {demo && <DemoPanel demo={demo} />}
          <Health seen={overview.seen} />
          {!demo && receivers}
        </div>
      </div>
    </>
  );
}
