import '../styles/lists.css';
import '../styles/detail.css';
import '../styles/policy.css';
import { useAct } from '../app/act';
import { get, put } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Back } from '../parts/Back';
import { Failure } from '../parts/Failure';
import { Fault } from '../parts/Fault';
import { Waiting } from '../parts/Waiting';
import { Permissions } from './Permissions';
import { PlantClock } from './PlantClock';
import { Windows } from './Windows';
import { Zones } from './Zones';
import type { Body } from './part';

/** What people decide about deviations: zones with their working hours, announced work, and who may do what for a time. */
export default function PolicyPage() {
  const { t } = useWords();
  useTitle(t('console.policy.title'));
  const policy = useLoad('policy', (signal) => get('/api/v1/policy', { signal }));
  const { fault, act } = useAct();
  const body = policy.data;
  const change = async (part: Partial<Body>) => body !== null && act(put('/api/v1/policy', { body: { ...body, ...part } }), (now) => policy.set(() => now));
  return (
    <>
      <Back to="/baseline">{t('console.baseline.title')}</Back>
      <header className="page-head">
        <h1>{t('console.policy.title')}</h1>
      </header>
      <p className="page-what weak">{t('console.policy.what')}</p>
      <Fault error={fault} />
      {policy.error !== null && <Failure error={policy.error} onRetry={policy.reload} />}
      {!body && policy.loading && <Waiting />}
      {body && (
        <div className="detail-main">
          <Zones body={body} onChange={change} />
          <Windows body={body} onChange={change} />
          <Permissions body={body} onChange={change} />
          <PlantClock body={body} onChange={change} />
        </div>
      )}
    </>
  );
}
