import type { FormInstance } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldFaults } from "../api/problem";

export interface Attempt {
  busy: boolean;
  /** Why the last try was refused, unless the refusal stands at the fields that it is about. */
  fault: unknown;
  /** Tries f, and gives the names of the fields of the form that were refused. */
  attempt: (f: () => Promise<void>) => Promise<string[][]>;
  /** Takes the refusal away: the dialog is for something else now. */
  forget: () => void;
}

/**
 * What a person asks of the server and it may refuse: the refusal stands at the fields of
 * the form that it names, and in `fault` where the form shows none of them. Nothing is said
 * twice. The fields are below `part`.
 */
export function useAttempt<V>(form?: FormInstance<V>, ...part: string[]): Attempt {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const stood = useRef<string[][]>([]); // at which fields the last refusal stands: one that was mended does not keep it
  const attempt = async (f: () => Promise<void>): Promise<string[][]> => {
    setBusy(true);
    setFault(undefined);
    form?.setFields(stood.current.map((name) => ({ name: name as never, errors: [] })));
    stood.current = [];
    try {
      await f();
      return [];
    } catch (e) {
      const refused = form ? fieldFaults(t, e).map((x) => ({ name: [...part, ...x.name], errors: [x.text] })) : [];
      form?.setFields(refused.map((x) => ({ ...x, name: x.name as never })));
      stood.current = refused.map((x) => x.name);
      const untold = refused.some((x) => form?.getFieldError(x.name as never).length === 0);
      const [first] = refused;
      if (!first || untold) setFault(e);
      else form?.scrollToField(first.name as never, { block: "nearest" });
      return refused.map((x) => x.name);
    } finally {
      setBusy(false);
    }
  };
  return { busy, fault, attempt, forget: () => setFault(undefined) };
}
