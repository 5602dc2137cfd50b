import '../styles/detection.css';
import { Link } from 'react-router';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Failure } from '../parts/Failure';
import { Waiting } from '../parts/Waiting';
import { DetectionTabs } from './tabs';

type Technique = Schema<'TechniqueView'>;

const TACTICS: Schema<'Tactic'>[] = [
  'initial_access', 'execution', 'persistence', 'privilege_escalation', 'evasion', 'discovery', 'lateral_movement', 'collection',
  'command_and_control', 'inhibit_response_function', 'impair_process_control', 'impact',
];
const SIGHTS = ['seen', 'open', 'elsewhere', 'outcome'] as const;

function sightOf(technique: Technique): (typeof SIGHTS)[number] {
  if (technique.detections.length + technique.rules > 0) return 'seen';
  return technique.shows === 'network' ? 'open' : technique.shows;
}

/** ATT&CK for ICS: what is seen here, what could be, and what no network monitor can see. */
export default function Coverage() {
  const { t, number } = useWords();
  useTitle(t('console.coverage.title'));
  const coverage = useLoad('coverage', (signal) => get('/api/v1/coverage', { signal }));
  const all = coverage.data?.techniques ?? [];
  return (
    <>
      <DetectionTabs />
      <header className="page-head">
        <h1>{t('console.coverage.title')}</h1>
        {coverage.data && <p className="weak">{t('console.coverage.version', { version: coverage.data.attack_version })}</p>}
        <span className="page-acts">
          <a href="/api/v1/coverage/layer">{t('console.coverage.layer')}</a>
        </span>
      </header>
      <p className="page-what weak">{t('console.coverage.what')}</p>
      {coverage.error !== null && <Failure error={coverage.error} onRetry={coverage.reload} />}
      {!coverage.data && coverage.loading && <Waiting />}
      {coverage.data && (
        <>
          <ul className="coverage-legend">
            {SIGHTS.map((sight) => (
              <li key={sight} className={`sight-${sight}`}>
                <strong>{number(all.filter((one) => sightOf(one) === sight).length)}</strong> {t(`console.sight.${sight}`)}
              </li>
            ))}
          </ul>
          <div className="coverage">
            {TACTICS.map((tactic) => (
              <section key={tactic} aria-label={t(`console.tactic.${tactic}`)}>
                <h2>{t(`console.tactic.${tactic}`)}</h2>
                <ul>
                  {all
                    .filter((one) => one.tactics.includes(tactic))
                    .map((one) => (
                      <Cell key={one.id} technique={one} />
                    ))}
                </ul>
              </section>
            ))}
          </div>
        </>
      )}
    </>
  );
}

function Cell({ technique }: { technique: Technique }) {
  const { t, name, count } = useWords();
  const sight = sightOf(technique);
  return (
    <li className={`coverage-cell sight-${sight}`}>
      <span className="mono">{technique.id}</span>
      <strong>{name('console.technique', technique.id)}</strong>
      {sight === 'seen' ? (
        <Link to={`/catalogue?search=${technique.id}`}>{count('console.coverage.detections', technique.detections.length + technique.rules)}</Link>
      ) : (
        <span>{t(`console.sight.${sight}`)}</span>
      )}
    </li>
  );
}
