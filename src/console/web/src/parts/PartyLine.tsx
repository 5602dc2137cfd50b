import { Link } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';

type Party = Schema<'PartyView'>;

/** One side of an alert: its name or address, with its role, leading to what is known of it. */
export function PartyLine({ party }: { party: Party }) {
  const { t } = useWords();
  const address = party.ip ?? party.mac ?? t('role.unknown');
  const name = party.label ?? address;
  return (
    <span className="party">
      {party.asset ? (
        <Link to={`/assets/${encodeURIComponent(party.asset)}`} onClick={(event) => event.stopPropagation()}>
          {name}
        </Link>
      ) : (
        <span>{name}</span>
      )}
      {party.role && <span className="party-role">{t(`role.${party.role}`)}</span>}
    </span>
  );
}

/** Who acted on whom. */
export function Parties({ client, server }: { client: Party | null | undefined; server: Party | null | undefined }) {
  const { t } = useWords();
  if (!client && !server) return <span className="weak">{t('console.none')}</span>;
  return (
    <span className="parties">
      {client && <PartyLine party={client} />}
      {client && server && (
        <span className="party-arrow" role="img" aria-label={t('console.to')}>
          →
        </span>
      )}
      {server && <PartyLine party={server} />}
    </span>
  );
}
