import { Link } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Ago } from '../parts/Moment';
import { PlainTable } from '../parts/PlainTable';
import { Protocol } from '../parts/Protocol';

interface LinksProps {
  links: Schema<'LinkView'>[];
  /** Addresses of the machine itself. */
  own: string[];
}

/** With whom a machine talks, in which protocol, and how much. */
export function Links({ links, own }: LinksProps) {
  const { t, number, bytes, count, list } = useWords();
  const numbers = [t('console.links.conversations'), t('console.links.packets'), t('console.links.bytes')].map((title) => ({ number: title }));
  return (
    <Card className="links-card" title={t('console.links.title')} aside={<span className="weak">{count('console.links.count', links.length)}</span>}>
      {links.length === 0 && <p className="weak">{t('console.links.none')}</p>}
      {links.length > 0 && (
        <PlainTable label={t('console.links.title')} columns={[t('console.links.peer'), t('console.alert.protocol'), ...numbers, t('console.assets.last')]}>
          {links.map((link) => {
            const asks = own.includes(link.client);
            const peer = asks ? link.server : link.client;
            return (
              <tr key={`${link.vlan.join('.')} ${link.client} ${link.server} ${link.protocol}`}>
                <td>
                  <span className="link-direction weak">{t(asks ? 'console.links.asks' : 'console.links.answers')}</span>{' '}
                  <Link to={`/assets?search=${encodeURIComponent(peer)}`} className="mono">
                    {peer}
                  </Link>
                </td>
                <td>
                  <Protocol name={link.protocol} />
                  {link.ports.length > 0 && <span className="row-sub">{list(link.ports.slice(0, 4).map(String))}</span>}
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
        </PlainTable>
      )}
    </Card>
  );
}
