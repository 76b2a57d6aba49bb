import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Person } from "../api/types";
import { useSession, useZone } from "../app/session";
import { useAttempt } from "../ui/attempt";
import { whenText } from "../ui/status";

/** What people read of directories, by name. */
export function useDirectories(): Map<string, string> {
  const { data } = useQuery({ queryKey: ["session", "directories"], queryFn: api.directories.list });
  return new Map((data ?? []).map((d) => [d.name, d.title]));
}

type Identity = Awaited<ReturnType<typeof api.identities.list>>[number];

/** Who came from a directory and waits for an administrator to say whose account it is. */
export function Identities({ people, titles }: { people: readonly Person[]; titles: Map<string, string> }) {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: ["people", "identities"], queryFn: api.identities.list });
  const all = data ?? [];
  const waiting = all.filter((i) => !i.person);
  const linked = all.filter((i) => i.person);
  const me = useSession().person.id;
  const free = people.filter((p) => !p.disabled && !p.directory && p.id !== me);
  const names = new Map(people.map((p) => [p.id, p.displayName]));
  if (all.length === 0) return null;
  return (
    <section className="panel panel-pad identities">
      <h2>{t("people.identities")}</h2>
      <p className="dim">{t("people.identitiesHint")}</p>
      <ul className="rows">
        {[...waiting, ...linked].map((i) => <Row key={i.id} identity={i} title={titles.get(i.directory) ?? i.directory} name={i.person ? names.get(i.person) : undefined} free={free} mine={i.person === me} />)}
      </ul>
    </section>
  );
}

function Row({ identity: i, title, name, free, mine }: { identity: Identity; title: string; name: string | undefined; free: readonly Person[]; mine: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const { modal } = App.useApp();
  const { busy, fault, attempt } = useAttempt();
  const [person, setPerson] = useState<string>();
  const act = (what: () => Promise<unknown>) => attempt(async () => {
    await what();
    await cache.invalidateQueries({ queryKey: ["people"] });
  });
  const link = (): void => {
    if (person) modal.confirm({ title: t("people.linkTitle"), content: t("people.linkText", { directory: title }), okText: t("people.link"), cancelText: t("common.cancel"), onOk: () => act(() => api.identities.link(i.id, person)) });
  };
  const unlink = (): void => {
    modal.confirm({ title: t(i.person ? "people.unlinkTitle" : "people.forgetTitle"), content: t(i.person ? "people.unlinkText" : "people.forgetText"), okText: t(i.person ? "people.unlink" : "people.forget"), cancelText: t("common.cancel"), onOk: () => act(() => api.identities.unlink(i.id)) });
  };
  return (
    <li className="identity">
      <span className="person-name"><strong className="cut">{i.displayName || i.username}</strong><span className="dim cut">{t("people.from", { username: i.username, directory: title })}</span></span>
      <span className="dim num">{i.person ? t("people.linkedTo", { name: name ?? i.person, time: whenText(Date.parse(i.checkedAt), zone) }) : t("people.waits", { time: whenText(Date.parse(i.checkedAt), zone) })}</span>
      <span className="identity-acts">
        {i.person ? null : (
          <>
            <Select value={person} onChange={setPerson} placeholder={t("people.whose")} aria-label={t("people.whose")} style={{ minWidth: 180 }} options={free.map((p) => ({ value: p.id, label: p.displayName }))} />
            <Button disabled={!person} loading={busy} onClick={link}>{t("people.link")}</Button>
          </>
        )}
        {mine ? null : <Button loading={busy} onClick={unlink}>{t(i.person ? "people.unlink" : "people.forget")}</Button>}
      </span>
      {fault ? <Alert type="error" showIcon title={problemText(t, fault)} /> : null}
    </li>
  );
}
