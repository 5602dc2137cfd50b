import '../styles/lists.css';
import '../styles/detail.css';
import { useState } from 'react';
import { Link } from 'react-router';
import { get, post } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Moment } from '../parts/Moment';
import { Waiting } from '../parts/Waiting';

/** What was done to machines by hand and by rule; each act can be taken back. */
export default function Edits() {
  const { t, name, error } = useWords();
  useTitle(t('console.edits.title'));
  const list = useLoad('edits', (signal) => get('/api/v1/edits', { signal }));
  const [fault, setFault] = useState<unknown>(null);
  const undo = (number: number) => void post('/api/v1/edits/{number}/undo', { path: { number } }).then((all) => (setFault(null), list.set(() => all)), (why: unknown) => setFault(why));
  const rows = list.data ?? [];
  return (
    <>
      <Link to="/assets" className="back">
        <span aria-hidden="true">←</span> {t('console.assets.back')}
      </Link>
      <header className="page-head">
        <h1>{t('console.edits.title')}</h1>
      </header>
      <p className="page-what weak">{t('console.edits.what')}</p>
      {fault !== null && <p role="alert" className="row-problem">{error(fault)}</p>}
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {!list.data && list.loading && <Waiting />}
      {list.data && rows.length === 0 && <Empty title={t('console.edits.none')} />}
      {rows.length > 0 && (
        <div className="plain-table-frame card" tabIndex={0} role="region" aria-label={t('console.edits.title')}>
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">{t('console.edits.at')}</th>
                <th scope="col">{t('console.edits.act')}</th>
                <th scope="col">{t('console.edits.asset')}</th>
                <th scope="col">{t('console.edits.user')}</th>
                <th scope="col">{t('console.baseline.acts')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.number}>
                  <td>
                    <Moment at={row.at} />
                  </td>
                  <td>{name('console.edit_act', row.act)}</td>
                  <td>
                    <Link to={`/assets/${row.asset}`}>{row.asset}</Link>
                    {row.other && (
                      <>
                        {' · '}
                        <Link to={`/assets/${row.other}`}>{row.other}</Link>
                      </>
                    )}
                  </td>
                  <td>{row.user ?? t('console.edits.rule')}</td>
                  <td>
                    {row.undone ? (
                      <span className="weak">{t('console.edits.undone')}</span>
                    ) : (
                      <button type="button" className="text-button" onClick={() => undo(row.number)}>
                        {t('console.edits.undo')}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
