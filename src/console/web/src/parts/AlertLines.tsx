import { Link } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Ago } from './Moment';
import { SeverityMark } from './SeverityMark';
import { StateMark } from './StateMark';

interface AlertLinesProps {
  rows: Schema<'AlertRow'>[];
  /** With what was decided about each. */
  withState?: boolean;
}

/** Alerts in a few words each, one a line. */
export function AlertLines({ rows, withState = false }: AlertLinesProps) {
  const { say } = useWords();
  return (
    <ul className="related">
      {rows.map((row) => (
        <li key={row.id}>
          <SeverityMark severity={row.severity} />
          <span>
            <Link to={`/alerts/${row.id}`}>{say(row.title)}</Link> {withState && <StateMark row={row} />}{' '}
            <span className="weak">
              <Ago at={row.last} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
