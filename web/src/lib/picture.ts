/** The chart of the screen as a picture. Charts are drawn as SVG, so the picture is what is seen. */

const SCALE = 2

const drawn = () => document.querySelector<SVGSVGElement>('[data-testid="chart"] svg, svg[data-picture]')

/** Null: the screen shows no chart. */
export function svgOf(): string | null {
  const found = drawn()
  if (!found) return null
  const copy = found.cloneNode(true) as SVGSVGElement
  const { width, height } = found.getBoundingClientRect()
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  return new XMLSerializer().serializeToString(copy)
}

/** Hands the chart to the browser as a PNG file, at twice its size on the ground of the page. */
export async function pngOf(name: string): Promise<void> {
  const text = svgOf()
  const found = drawn()
  if (!text || !found) return
  const { width, height } = found.getBoundingClientRect()
  const image = new Image()
  const address = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }))
  image.src = address
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = width * SCALE
  canvas.height = height * SCALE
  const context = canvas.getContext('2d')!
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--card')
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  URL.revokeObjectURL(address)
  const link = document.createElement('a')
  link.href = canvas.toDataURL('image/png')
  link.download = `${name}.png`
  link.click()
}
