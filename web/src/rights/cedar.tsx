import { DownloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { url } from "../api/client";
import type { Rights, RightsVersion } from "../api/types";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateTimeText } from "../time/zone";
import { CopyButton } from "../ui/copy";

const parts = ["policies", "schema", "entities"] as const;

/** The rights as an auditor's tools read them: any version, in the Cedar language. */
export function Cedar({ rights }: { rights: Rights }) {
  const { t } = useTranslation();
  const zone = useZone();
  const [part, setPart] = useState<(typeof parts)[number]>("policies");
  const [version, setVersion] = useState(rights.version.id);
  const versions = useQuery({ queryKey: ["rights", "versions"], queryFn: api.rights.versions });
  const { data, error, refetch } = useQuery({ queryKey: ["rights", "cedar", version, part], queryFn: () => api.rights.cedar({ version, part }) });
  const at = (time: string | undefined): string => dateTimeText(Date.parse(time ?? ""), zone);
  const name = (v: RightsVersion): string => {
    if (v.id === rights.version.id) return t("rights.cedarNow");
    if (v.inForceAt) return t("rights.fromVersion", { time: at(v.inForceAt) });
    return t("rights.cedarAsked", { time: at(v.askedAt), state: t(`rights.state_${v.decision || "waits"}`) });
  };
  const options = (versions.data ?? []).map((v) => ({ value: v.id, label: name(v) }));
  options.push({ value: "built-in", label: t(rights.version.id === "built-in" ? "rights.cedarNow" : "rights.fromBuiltIn") });
  return (
    <section className="panel panel-pad" aria-label="Cedar">
      <p className="dim rule-lead">{t("rights.cedarLead")}</p>
      <div className="cedar-tools">
        <Select aria-label={t("rights.cedarVersion")} value={version} onChange={setVersion} options={options} disabled={part === "schema"} popupMatchSelectWidth={false} />
        <Segmented<(typeof parts)[number]> value={part} onChange={setPart} options={parts.map((p) => ({ value: p, label: t(`rights.cedar_${p}`) }))} />
        <span className="cedar-take">
          <CopyButton label={t(`rights.cedar_${part}`)} text={data ?? ""} />
          <Button icon={<DownloadOutlined />} href={url("/rights/cedar", { version, part })} download>{t("common.download")}</Button>
        </span>
      </div>
      <p className="dim rule-lead">{t(`rights.cedarAbout_${part}`)}</p>
      {error && data === undefined ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {data === undefined && !error ? <Skeleton active title={false} paragraph={{ rows: 12 }} /> : null}
      {data !== undefined ? <pre className="cedar-text" tabIndex={0} aria-label={t(`rights.cedar_${part}`)}>{data}</pre> : null}
    </section>
  );
}
