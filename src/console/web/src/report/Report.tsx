import '../styles/detail.css';
import '../styles/report.css';
import { get } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { useLive } from '../live/live';
import { Failure } from '../parts/Failure';
import { Waiting } from '../parts/Waiting';
import { Batches } from './Batches';
import { Masking } from './Masking';
import { Platform } from './Platform';
import { Preview } from './Preview';
import { ReportSwitch } from './ReportSwitch';

/** The report to the province: its state, and exactly what leaves the plant. */
export default function Report() {
  const { t } = useWords();
  useTitle(t('console.report.title'));
  const live = useLive().overview?.uplink;
  // Both lists are asked for anew when the sensor's own state has moved.
  const moved = live ? [live.enabled, live.registered, live.accepted_batches, live.waiting_alerts, live.waiting_batches].join(' ') : '';
  const report = useLoad(`report ${moved}`, (signal) => get('/api/v1/uplink', { signal }));
  const preview = useLoad(`preview ${moved}`, (signal) => get('/api/v1/uplink/preview', { signal }));

  const status = live ?? report.data?.status;
  return (
    <>
      <header className="page-head">
        <h1>{t('console.report.title')}</h1>
      </header>
      <p className="page-what weak">{t('console.report.what')}</p>
      {report.error !== null && <Failure error={report.error} onRetry={report.reload} />}
      {!status && <Waiting />}
      {status && (
        <div className="detail-columns">
          <div className="detail-main">
            <ReportSwitch status={status} onChange={report.reload} />
            <Preview preview={preview.data} error={preview.error} onRetry={preview.reload} enabled={status.enabled} />
            <Batches batches={report.data?.batches ?? []} />
          </div>
          <div className="detail-side">
            <Platform status={status} batches={report.data?.batches ?? []} />
            <Masking />
          </div>
        </div>
      )}
    </>
  );
}
