import { Link, useLocation } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Ago } from '../parts/Moment';
import { protocolName } from '../parts/Protocol';
import { RoleMark } from './RoleMark';

/** The machines on a narrow screen. */
export function AssetList({ rows }: { rows: Schema<'AssetRow'>[] }) {
  const words = useWords();
  const { search } = useLocation();
  return (
    <ul className="list-cards">
      {rows.map((row) => (
        <li key={row.id} className="list-card">
          <p className="list-card-top">
            <RoleMark role={row.role} confidence={row.role_confidence} />
            <span className="weak">
              <Ago at={row.last} />
            </span>
          </p>
          <Link to={`/assets/${row.id}`} state={{ search }} className="row-title">
            {row.label}
          </Link>
          {(row.model ?? row.vendor) && <p>{[row.vendor, row.model, row.firmware].filter(Boolean).join(' · ')}</p>}
          {row.protocols.length > 0 && <p className="weak">{row.protocols.map((name) => protocolName(words, name)).join(', ')}</p>}
        </li>
      ))}
    </ul>
  );
}
