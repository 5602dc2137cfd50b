import '../styles/lists.css';
import '../styles/detail.css';
import { Link } from 'react-router';
import { useAct } from '../app/act';
import { get, post } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Back } from '../parts/Back';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Fault } from '../parts/Fault';
import { Moment } from '../parts/Moment';
import { PlainTable } from '../parts/PlainTable';
import { Waiting } from '../parts/Waiting';

/** What was done to machines by hand and by rule; each act can be taken back. */
export default function Edits() {
  const { t, name } = useWords();
  useTitle(t('console.edits.title'));
  const list = useLoad('edits', (signal) => get('/api/v1/edits', { signal }));
  const { fault, act } = useAct();
  const undo = (number: number) => void act(post('/api/v1/edits/{number}/undo', { path: { number } }), (all) => list.set(() => all));
  const rows = list.data ?? [];
  return (
    <>
      <Back to="/assets">{t('console.assets.back')}</Back>
      <header className="page-head">
        <h1>{t('console.edits.title')}</h1>
      </header>
      <p className="page-what weak">{t('console.edits.what')}</p>
      <Fault error={fault} />
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {!list.data && list.loading && <Waiting />}
      {list.data && rows.length === 0 && <Empty title={t('console.edits.none')} />}
      {rows.length > 0 && (
        <PlainTable framed label={t('console.edits.title')} columns={[t('console.edits.at'), t('console.edits.act'), t('console.edits.asset'), t('console.edits.user'), t('console.edits.undo')]}>
          {rows.map((row) => (
            <tr key={row.number}>
              <td>
                <Moment at={row.at} />
              </td>
              <td>{name('console.edit_act', row.act)}</td>
              <td>
                <Machine id={row.asset} label={row.label ?? null} />
                {row.other && (
                  <>
                    {' · '}
                    <Machine id={row.other} label={row.other_label ?? null} />
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
        </PlainTable>
      )}
    </>
  );
}

/** What it is called; one that was taken into another is there no more. */
function Machine({ id, label }: { id: string; label: string | null }) {
  const { t } = useWords();
  if (label !== null) return <Link to={`/assets/${id}`}>{label}</Link>;
  return (
    <span className="weak">
      <span className="mono">{id}</span> {t('console.edits.gone')}
    </span>
  );
}
