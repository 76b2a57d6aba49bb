import { AlertOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Tag } from "antd";
import type { Act } from "../api/types";
import { useSession, useThroughout } from "../app/session";

/** By which emergency right something was allowed, and the way to its cause and report for who may read them. */
export function EmergencyLink({ act, text }: { act: Act; text: string }) {
  const throughout = useThroughout();
  const own = useSession().person.id === act.person;
  const open = act.emergency && (own || throughout("emergency.review") || throughout("act.read")) ? act.emergency.id : undefined;
  return (
    <span className="act-line">
      <Tag icon={<AlertOutlined />} color="error" className="act-hurried wrap" style={{ whiteSpace: "normal", maxWidth: "100%" }}>{open ? <Link to="/emergencies" search={{ emergency: open }}>{text}</Link> : text}</Tag>
    </span>
  );
}
