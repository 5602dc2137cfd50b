import { useWords } from '../app/words';

/** Why an act was not done, beside the place where it was asked for. */
export function Fault({ error }: { error: unknown }) {
  const { error: say } = useWords();
  if (error === null) return null;
  return (
    <p role="alert" className="row-problem">
      {say(error)}
    </p>
  );
}
