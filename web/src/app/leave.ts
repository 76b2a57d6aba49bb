import { App } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { signedOut } from "./cache";

/** Signs out; resolves with whether it did, and says why where it did not. */
export function useLeave(): () => Promise<boolean> {
  const { t } = useTranslation();
  const { message } = App.useApp();
  return async () => {
    try {
      await api.session.close();
      signedOut(false);
      return true;
    } catch (e) {
      message.error(problemText(t, e));
      return false;
    }
  };
}
