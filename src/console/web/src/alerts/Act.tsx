import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { PartyLine } from '../parts/PartyLine';
import { Protocol } from '../parts/Protocol';

/** Who did what to whom, how far it got, and why that stood out. */
export function Act({ alert }: { alert: Schema<'AlertDetail'> }) {
  const { t, say } = useWords();
  return (
    <>
      <div className="act-parties">
        {alert.client && <Side title={t('console.alert.client')} party={alert.client} />}
        {alert.client && alert.server && (
          <span className="act-arrow" aria-hidden="true">
            →
          </span>
        )}
        {alert.server && <Side title={t('console.alert.server')} party={alert.server} />}
      </div>
      <dl className="facts">
        <div>
          <dt>{t('console.alert.protocol')}</dt>
          <dd>
            <Protocol name={alert.protocol} />
          </dd>
        </div>
        {alert.class && (
          <div>
            <dt>{t('console.alert.class')}</dt>
            <dd>{t(`console.class.${alert.class}`)}</dd>
          </div>
        )}
        {alert.outcome && (
          <div>
            <dt>{t('console.alert.outcome')}</dt>
            <dd>{t(`outcome.${alert.outcome}`)}</dd>
          </div>
        )}
      </dl>
      {alert.reasons.length > 0 && (
        <>
          <h3>{t('console.alert.reasons')}</h3>
          <ul className="reasons">
            {alert.reasons.map((reason) => (
              <li key={reason.en}>{say(reason)}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Side({ title, party }: { title: string; party: Schema<'PartyView'> }) {
  return (
    <div className="act-side">
      <p className="act-side-title">{title}</p>
      <PartyLine party={party} />
      <p className="mono weak">{[party.ip, party.mac].filter(Boolean).join(' · ')}</p>
    </div>
  );
}
