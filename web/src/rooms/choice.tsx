import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { DutyRoom } from "../api/rooms";

/** Which room a screen is about; where there is one only its name stands there. */
export function RoomChoice({ rooms, room, onChoose }: { rooms: readonly DutyRoom[]; room: DutyRoom; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  if (rooms.length < 2) return <span className="sub">{room.name}</span>;
  return <Select aria-label={t("nav.rooms")} className="room-choice" value={room.id} onChange={onChoose} options={rooms.map((r) => ({ value: r.id, label: r.name }))} popupMatchSelectWidth={false} />;
}
