import { Segmented, Skeleton } from "antd";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCan } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { useNow } from "../ui/now";
import { RoomCard, type CardAct } from "./card";
import { inOrder } from "./day";
import { EndingDialog, type Ending } from "./ending";
import { AllPast, PastDrawer } from "./past";
import { SignOnDialog, type SigningOnHere } from "./signon";
import { ahead, useWatch } from "./use";
import "../pages/pages.css";
import "../keeping/keeping.css";
import "./watch.css";

const route = getRouteApi("/framed/watch");

export function WatchPage() {
  return (
    <Needs action="duty.read">
      <Board />
    </Needs>
  );
}

/** Who answers for every room, now and at any minute of the past year. */
function Board() {
  const { t } = useTranslation();
  const can = useCan();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch, dataUpdatedAt } = useWatch();
  const [signing, setSigning] = useState<SigningOnHere>();
  const [ending, setEnding] = useState<Ending>();
  const [past, setPast] = useState<string>();
  const now = useNow() + (data ? ahead(data, dataUpdatedAt) : 0);
  const rooms = data ? inOrder(data.rooms) : [];
  const vacant = rooms.filter((r) => r.answers?.state === "vacant").length;
  const mine = rooms.find((r) => r.mine);
  const act = (id: string) => (a: CardAct): void => {
    const room = rooms.find((r) => r.id === id);
    if (!room) return;
    if (a === "on" || a === "another") setSigning({ room, who: a === "on" ? "me" : "another" });
    else if (a === "when") setPast(id);
    else setEnding({ room, how: a });
  };
  return (
    <div className="page watch-page">
      <header className="page-head">
        <h1>{t("watch.title")}</h1>
        {data ? <span className="sub">{t("watch.rooms", { count: rooms.length })}{vacant > 0 ? <strong className="tone-red"> · {t("watch.vacant", { count: vacant })}</strong> : null}</span> : null}
      </header>
      <p className="dim page-lead">{t("watch.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {data && rooms.length === 0 ? <Notice title={t(can("duty.configure") ? "watch.none" : "watch.noneYours")}>{t("watch.noneText")}</Notice> : null}
      {data && rooms.length > 0 ? (
        <>
          <Segmented<"now" | "past"> className="tabs" aria-label={t("watch.tab")} value={tab ?? "now"} onChange={(v) => void navigate({ search: { tab: v === "past" ? "past" : undefined } })} options={[{ value: "now", label: t("watch.now") }, { value: "past", label: t("watch.past") }]} />
          {tab === "past" ? <AllPast rooms={data.rooms} now={now} onRoom={(r) => setPast(r.id)} /> : (
            <div className="watch-cards">{rooms.map((r) => <RoomCard key={r.id} room={r} now={now} grace={data.grace} elsewhere={mine !== undefined && mine.id !== r.id} onAct={act(r.id)} />)}</div>
          )}
        </>
      ) : null}
      <SignOnDialog signing={signing} checks={data?.startChecks ?? []} onClose={() => setSigning(undefined)} />
      <EndingDialog ending={ending} checks={data?.closeChecks ?? []} onClose={() => setEnding(undefined)} />
      <PastDrawer room={rooms.find((r) => r.id === past)} now={now} onClose={() => setPast(undefined)} />
    </div>
  );
}
