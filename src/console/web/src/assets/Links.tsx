import { Link } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Ago } from '../parts/Moment';
import { Protocol } from '../parts/Protocol';

interface LinksProps {
  links: Schema<'LinkView'>[];
  /** Addresses of the machine itself. */
  own: string[];
}

/** With whom a machine talks, in which protocol, and how much. */
export function Links({ links, own }: LinksProps) {
  const { t, number, bytes, count } = useWords();
  return (
    <Card title={t('console.links.title')} aside={<span className="weak">{count('console.links.count', links.length)}</span>}>
      {links.length === 0 && <p className="weak">{t('console.links.none')}</p>}
      {links.length > 0 && (
        <div className="plain-table-frame" tabIndex={0} role="region" aria-label={t('console.links.title')}>
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">{t('console.links.peer')}</th>
                <th scope="col">{t('console.alert.protocol')}</th>
                <th scope="col" className="number">
                  {t('console.links.conversations')}
                </th>
                <th scope="col" className="number">
                  {t('console.links.packets')}
                </th>
                <th scope="col" className="number">
                  {t('console.links.bytes')}
                </th>
                <th scope="col">{t('console.assets.last')}</th>
              </tr>
            </thead>
            <tbody>
              {links.map((link) => {
                const asks = own.includes(link.client);
                const peer = asks ? link.server : link.client;
                return (
                  <tr key={`${link.client} ${link.server} ${link.protocol}`}>
                    <td>
                      <span className="link-direction weak">{t(asks ? 'console.links.asks' : 'console.links.answers')}</span>{' '}
                      <Link to={`/assets?search=${encodeURIComponent(peer)}`} className="mono">
                        {peer}
                      </Link>
                    </td>
                    <td>
                      <Protocol name={link.protocol} />
                    </td>
                    <td className="number">{number(link.conversations)}</td>
                    <td className="number">{number(link.packets)}</td>
                    <td className="number">{bytes(link.bytes)}</td>
                    <td>
                      <Ago at={link.last} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
