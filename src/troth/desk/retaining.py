"""What was kept under a law has an end. When its day comes the rows are destroyed like any others: planned, looked at, proven."""

from troth.desk.applying import DESTROY
from troth.desk.closing import close_if_done
from troth.desk.gather import gather
from troth.desk.house import House
from troth.desk.planning import plan_of, row_name
from troth.model.person import ROW, Identifier
from troth.model.personal import Personal
from troth.model.plan import Effect, Plan
