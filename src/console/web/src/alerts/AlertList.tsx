import { Link, useLocation } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Ago } from '../parts/Moment';
import { Parties } from '../parts/PartyLine';
import { SeverityMark } from '../parts/SeverityMark';
import { StateMark } from '../parts/StateMark';

/** The alerts on a narrow screen. */
export function AlertList({ rows }: { rows: Schema<'AlertRow'>[] }) {
  const { say, count } = useWords();
  const { search } = useLocation();
  return (
    <ul className="list-cards">
      {rows.map((row) => (
        <li key={row.id} className={`list-card alert-${row.state} severity-${row.severity}`}>
          <p className="list-card-top">
            <SeverityMark severity={row.severity} />
            <StateMark row={row} />
          </p>
          <Link to={`/alerts/${row.id}`} state={{ search }} className="row-title">
            {say(row.title)}
          </Link>
          <Parties client={row.client} server={row.server} />
          <p className="weak">
            {row.count > 1 && <>{count('console.times', row.count)} · </>}
            <Ago at={row.last} />
          </p>
        </li>
      ))}
    </ul>
  );
}
