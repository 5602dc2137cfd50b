import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Moment } from '../parts/Moment';
import { protocolName } from '../parts/Protocol';
import { SeverityMark } from '../parts/SeverityMark';
import { StateMark } from '../parts/StateMark';

/** One alert as it leaves: in words, and below letter for letter. */
export function Record({ record }: { record: Schema<'AlertRecord'> }) {
  const words = useWords();
  const { t, say, count } = words;
  return (
    <section className="record">
      <header className="record-head">
        <SeverityMark severity={record.severity} />
        <h3>{say({ zh: record.name_zh, en: record.name_en })}</h3>
        <StateMark row={{ state: record.status, closing: record.closing ?? null }} />
      </header>
      <div className="record-parties">
        {record.source && <Masked title={t('console.alert.client')} party={record.source} />}
        {record.destination && <Masked title={t('console.alert.server')} party={record.destination} />}
      </div>
      <p className="weak record-line">
        {[
          record.rule_id,
          protocolName(words, record.protocol),
          record.operation_class && t(`console.class.${record.operation_class}`),
          record.outcome && t(`outcome.${record.outcome}`),
          count('console.times', record.count),
        ]
          .filter(Boolean)
          .join(' · ')}
        {' · '}
        <Moment at={record.last_seen} />
      </p>
      <details className="record-raw">
        <summary>{t('console.preview.raw')}</summary>
        <pre tabIndex={0}>{JSON.stringify(record, null, 1)}</pre>
      </details>
    </section>
  );
}

function Masked({ title, party }: { title: string; party: Schema<'MaskedParty'> }) {
  const { t } = useWords();
  return (
    <div className="masked">
      <p className="weak">{title}</p>
      <p>
        <code className="masked-id">{party.id}</code> {party.role && <span className="party-role">{t(`role.${party.role}`)}</span>}
      </p>
      <p className="weak">
        {t(party.side === 'outside' ? 'console.masking.is_outside' : 'console.masking.is_inside')}
        {party.mac_prefix && ` · ${t('console.masking.maker', { prefix: party.mac_prefix })}`}
      </p>
    </div>
  );
}
