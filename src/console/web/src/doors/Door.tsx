import type { ReactNode, SyntheticEvent } from 'react';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Mark } from '../parts/Mark';
import { LangSwitch, ThemeSwitch } from '../parts/Switches';

interface DoorProps {
  title: string;
  problem: string | null;
  onSubmit: () => void;
  children: ReactNode;
}

/** A page before log-in: a plain form, so that it is there at once on an old PC. */
export function Door({ title, problem, onSubmit, children }: DoorProps) {
  const { t } = useWords();
  useTitle(title);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <main className="door">
      <header className="door-head">
        <Mark size={44} />
        <div>
          <h1>{t('console.product')}</h1>
          <p className="weak">{t('console.product.what')}</p>
        </div>
      </header>
      <form className="door-card" onSubmit={submit}>
        <h2>{title}</h2>
        {children}
        {problem !== null && (
          <p className="door-problem" role="alert">
            {problem}
          </p>
        )}
      </form>
      <footer className="door-foot">
        <LangSwitch className="text-button" />
        <ThemeSwitch className="text-button" />
      </footer>
    </main>
  );
}
