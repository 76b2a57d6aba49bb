import { AlertOutlined, QuestionCircleOutlined, UsergroupAddOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Button, Modal } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, problemText } from "../api/problem";
import { useTake } from "../emergency/take";
import { needsSecond } from "../second/use";
import { grounds, helps } from "./grounds";
import { useCan } from "./session";
import "./refusal.css";

interface Props {
  error: unknown;
  camera?: string; // that it is about, where the page knows better than the answer
  onPair?: () => void; // asks for the second person whom it needs
  children?: ReactNode; // in place of the sentence
}

/** A refusal that explains itself: what was refused, by which rule, who can decide otherwise, and what to do now. */
export function Refusal({ error, camera, onPair, children }: Props) {
  const { t } = useTranslation();
  return (
    <div className="refusal">
      <div className="refusal-text">{children ?? problemText(t, error)}</div>
      <Grounds error={error} camera={camera} onPair={onPair} />
    </div>
  );
}

/** The rule, who decides, and the buttons, below a sentence that stands there already. */
export function Grounds({ error, camera, onPair }: Omit<Props, "children">) {
  const { t } = useTranslation();
  const can = useCan();
  const take = useTake();
  const p = asProblem(error);
  if (p.status !== 403 && p.code !== "purpose_too_old") return null;
  const { rule, deciders, request } = grounds(t, p);
  const of = camera ?? (typeof p.params.camera === "string" ? p.params.camera : undefined);
  const glass = helps(p.code) && can("emergency.take");
  const explains = of !== undefined && can("camera.read");
  const pledge = p.code === "right_pledge";
  return (
    <>
      {rule || deciders || request ? (
        <dl className="refusal-grounds">
          {rule ? <><dt>{t("refusal.rule")}</dt><dd className="wrap">{rule}</dd></> : null}
          {deciders ? <><dt>{t("refusal.decides")}</dt><dd className="wrap">{deciders}</dd></> : null}
          {request ? <><dt>{t("refusal.request")}</dt><dd className="wrap">{t("refusal.noRequests")}</dd></> : null}
        </dl>
      ) : null}
      {glass || explains || pledge || (onPair && needsSecond(p)) ? (
        <div className="refusal-acts">
          {onPair && needsSecond(p) ? <Button size="small" type="primary" icon={<UsergroupAddOutlined />} onClick={onPair}>{t("pair.open")}</Button> : null}
          {pledge ? <Link className="refusal-link" to="/account">{t("refusal.pledge")}</Link> : null}
          {glass ? <Button size="small" icon={<AlertOutlined />} onClick={take}>{t("emergency.button")}</Button> : null}
          {explains ? <Link className="refusal-link" to="/account" search={{ camera: of }}><QuestionCircleOutlined aria-hidden /> {t("refusal.mine")}</Link> : null}
        </div>
      ) : null}
    </>
  );
}

export interface Refused { error: unknown; camera: string }

/** The same in a dialog, for what was refused to a key or a small button. */
export function RefusalDialog({ refused, onClose }: { refused: Refused | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={refused !== undefined} title={t("refusal.title")} onCancel={onClose} footer={null} width={460} destroyOnHidden>
      {refused ? <div onClick={(e) => { if ((e.target as HTMLElement).closest("button, a")) onClose(); }}><Refusal error={refused.error} camera={refused.camera} /></div> : null}
    </Modal>
  );
}
