import { Grid, Group, Title } from '@mantine/core'
import { EventStream, PauseButton, useEventStream } from '../../components/EventStream'
import { Page } from '../../components/Page'
import { useProject } from '../../app/project'
import { DAYS, FIGURES } from '../../lib/figures'
import { FigureCard } from './FigureCard'
import { TopEvents } from './TopEvents'

const STREAMED = 14
const SPANS = [{ base: 12, lg: 6 }, { base: 12, sm: 6, lg: 3 }, { base: 12, sm: 6, lg: 3 }]

export function Overview() {
  const project = useProject()
  return (
    <Page title="Overview" lead={`The last ${DAYS} days in ${project.timezone}, today included`}>
      <Grid gap="md">
        {FIGURES.map((figure, place) => (
          <Grid.Col key={figure.id} span={SPANS[place]!}>
            <FigureCard figure={figure} />
          </Grid.Col>
        ))}
        <Grid.Col span={{ base: 12, lg: 5 }}><TopEvents /></Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }}><LiveCard /></Grid.Col>
      </Grid>
    </Page>
  )
}

function LiveCard() {
  const stream = useEventStream(STREAMED)
  return (
    <section className="card" style={{ overflow: 'hidden', height: '100%' }} aria-label="Live events" data-testid="card-live">
      <Group justify="space-between" px="md" py="sm" className="card-head">
        <Title order={2}>Live events</Title>
        <PauseButton stream={stream} />
      </Group>
      <EventStream stream={stream} empty="No events yet." />
    </section>
  )
}
