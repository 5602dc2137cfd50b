import { useState } from 'react';

export interface Acting {
  busy: boolean;
  /** Why the latest act was not done; null where it was. */
  fault: unknown;
  /** Whether what was asked for was done; `then` gets the answer. */
  act: <T>(asked: Promise<T>, then?: (answer: T) => void) => Promise<boolean>;
  /** The reason is not shown any longer. */
  forget: () => void;
}

/** Something a person has done by the sensor, and why it was refused. */
export function useAct(): Acting {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const act = async <T>(asked: Promise<T>, then?: (answer: T) => void) => {
    setBusy(true);
    setFault(null);
    try {
      const answer = await asked;
      then?.(answer);
      return true;
    } catch (error) {
      setFault(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, fault, act, forget: () => setFault(null) };
}
