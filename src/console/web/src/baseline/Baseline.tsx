import '../styles/lists.css';
import '../styles/overview.css';
import '../styles/detail.css';
import '../styles/baseline.css';
import { useFilters } from '../app/filters';
import { get } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Failure } from '../parts/Failure';
import { Waiting } from '../parts/Waiting';
import { News } from './News';
import { Policy } from './Policy';
import { Rows } from './Rows';
import { Stages } from './Stages';

/** What was learnt, how far learning has come, and what a person decides about it. */
export default function Baseline() {
  const { t, count } = useWords();
  const filters = useFilters();
  useTitle(t('console.baseline.title'));
  const baseline = useLoad('baseline', (signal) => get('/api/v1/baseline', { signal }));
  return (
    <>
      <header className="page-head">
        <h1>{t('console.baseline.title')}</h1>
        <p className="weak" role="status">
          {baseline.data && count('console.baseline.rows', baseline.data.rows)}
        </p>
      </header>
      <p className="page-what weak">{t('console.baseline.what')}</p>
      {baseline.error !== null && <Failure error={baseline.error} onRetry={baseline.reload} />}
      {!baseline.data && baseline.loading && <Waiting />}
      {baseline.data && (
        <div className="detail-columns">
          <div className="detail-main">
            <Stages baseline={baseline.data} onTurned={baseline.reload} />
            <Rows filters={filters} onChanged={baseline.reload} />
          </div>
          <div className="detail-side">
            <Policy />
            <News onForgotten={baseline.reload} />
          </div>
        </div>
      )}
    </>
  );
}
